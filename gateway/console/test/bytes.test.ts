import { describe, expect, it } from 'vitest'
import { bytesOf, characters, hexRow, inOrder, rowsOf, ruler, segments, spanAt } from '@/pages/messages/bytes'

const utf8 = (text: string) => new TextEncoder().encode(text)
// 借据 in GB18030 is BD E8 BE DD.
const gb = new Uint8Array([0x30, 0x31, 0xbd, 0xe8, 0xbe, 0xdd, 0x20, 0x41])

describe('characters over bytes', () => {
  it('gives each GB18030 character its two bytes', () => {
    const row = hexRow(gb, characters(gb, 'GB18030'), 'GB18030', 0)
    expect(row.glyphs.map((glyph) => [glyph.offset, glyph.width, glyph.text])).toEqual([
      [0, 1, '0'],
      [1, 1, '1'],
      [2, 2, '借'],
      [4, 2, '据'],
      [6, 1, ' '],
      [7, 1, 'A'],
    ])
  })

  it('takes four bytes of GB18030 as one character', () => {
    const bytes = new Uint8Array([0x81, 0x30, 0x81, 0x30, 0x41])
    expect(Array.from(characters(bytes, 'gb18030'))).toEqual([4, 0, 0, 0, 1])
  })

  it('shows a character that goes over the end of a row where it begins', () => {
    const bytes = utf8('aaaaaaaaaaaaaaa借b')
    const widths = characters(bytes, 'UTF-8')
    expect(rowsOf(bytes)).toBe(2)
    expect(hexRow(bytes, widths, 'UTF-8', 0).glyphs.slice(-1)[0]).toEqual({ offset: 15, width: 1, text: '借' })
    const second = hexRow(bytes, widths, 'UTF-8', 1)
    expect(second.glyphs.map((glyph) => glyph.text)).toEqual(['', '', 'b'])
    expect(second.bytes).toHaveLength(3)
  })

  it('takes a byte that is no character by itself, and goes on', () => {
    const bytes = new Uint8Array([0xe5, 0x41, 0xff, 0x42])
    expect(Array.from(characters(bytes, 'UTF-8'))).toEqual([1, 1, 1, 1])
    expect(hexRow(bytes, characters(bytes, 'UTF-8'), 'UTF-8', 0).glyphs.map((glyph) => glyph.text)).toEqual([
      '·',
      'A',
      '·',
      'B',
    ])
  })

  it('reads base64', () => {
    expect(Array.from(bytesOf('MDG96A=='))).toEqual([0x30, 0x31, 0xbd, 0xe8])
  })
})

describe('fields over bytes', () => {
  const spans = inOrder([
    { begin: 6, end: 8, field: 'b' },
    { begin: 2, end: 6, field: 'a' },
    { begin: 3, end: 5, field: 'within a' },
    { begin: 8, end: 8, field: 'empty' },
  ])

  it('has one field for a byte', () => {
    expect(spans.map((span) => span.field)).toEqual(['a', 'b'])
    expect([0, 2, 5, 6, 7, 8].map((at) => spanAt(spans, at)?.field)).toEqual([
      undefined,
      'a',
      'a',
      'b',
      'b',
      undefined,
    ])
  })

  it('cuts the text where fields begin and end, and loses none of it', () => {
    const pieces = segments(gb, 'GB18030', spans)
    expect(pieces).toEqual([
      { begin: 0, text: '01' },
      { begin: 2, text: '借据', field: 'a' },
      { begin: 6, text: ' A', field: 'b' },
    ])
  })

  it('leaves out a field that lies beyond what there is', () => {
    expect(segments(gb, 'GB18030', [{ begin: 90, end: 95, field: 'x' }])).toHaveLength(1)
  })

  it('counts columns in bytes', () => {
    expect(ruler(12)).toEqual(['         1  ', '123456789012'])
  })
})
