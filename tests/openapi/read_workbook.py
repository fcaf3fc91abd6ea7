# Reads a workbook with a library that did not write it:  python3 read_workbook.py FILE
# One line a cell: sheet, row, column, type (n number, s text, d day, b truth), value; a number as fen if its format is money.
import sys

import openpyxl

book = openpyxl.load_workbook(sys.argv[1])
for sheet in book:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            value = cell.value
            if cell.data_type == "n" and cell.number_format == "#,##0.00":
                value = round(value * 100)
                assert value / 100 == cell.value, f"{cell.value!r} is not whole fen"
                kind = "money"
            elif cell.is_date:
                kind, value = "day", value.date().isoformat()
            else:
                kind = {"n": "number", "s": "text", "inlineStr": "text", "b": "truth"}[cell.data_type]
            print(sheet.title, cell.row, cell.column, kind, value, sep="\t")
