// What things are called, in the language that is spoken: the catalogue's own words.
import { codes, fields, findings, kinds, types } from 'virtual:catalogue'
import { locale } from './i18n'

const spoken = (names: [string, string] | undefined, otherwise: string) =>
  names ? names[locale.value === 'zh' ? 0 : 1] : otherwise

/** `放款备案` of `loan.disbursement`. */
export const kindName = (kind: string) => spoken(kinds[kind]?.names, kind)

/** `受理` of `outcome`, `accepted`; the code itself if the list has none. */
export const codeName = (list: string, code: string) => spoken(codes[list]?.[code], code)

/** `借据号` of `loan_no`. */
export const fieldName = (field: string, kind = '') => spoken(fields[`${kind}/${field}`] ?? fields[field], field)

/** What a field's text is: `money`, the name of a code list, or nothing special. */
export const fieldType = (field: string, kind = '') => types[`${kind}/${field}`] ?? types[field] ?? ''

/** The kinds of messages of some direction, in the catalogue's order. */
export const kindsOf = (...directions: string[]) =>
  Object.entries(kinds)
    .filter(([, { direction }]) => directions.includes(direction))
    .map(([name]) => name)

export const isKind = (name: string) => name in kinds
export const isFinding = (name: string) => name in findings
/** The name of the finding with this frozen number. */
export const findingOf = (number: number) => Object.keys(findings).find((name) => findings[name]!.number === number)
export const codesOf = (list: string) => Object.keys(codes[list] ?? {})
