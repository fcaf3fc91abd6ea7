// A partner's bytes as people read them: characters over the bytes that they are made of, fields marked where they stand.

/** Where one field of the message stands in the partner's bytes; the end is not included. */
export interface Span {
  begin: number
  end: number
  field: string
}

/** A character and the bytes it is made of, as far as they stand in this row. */
export interface Glyph {
  offset: number
  width: number
  text: string
}

export interface HexRow {
  offset: number
  bytes: number[]
  glyphs: Glyph[]
}

export const rowWidth = 16

export function bytesOf(base64: string): Uint8Array {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** As text: UTF-8 if it is that, else GB18030. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

const isGb = (encoding: string) => /^gb/i.test(encoding)

function decoderOf(encoding: string): TextDecoder {
  return new TextDecoder(isGb(encoding) ? 'gb18030' : 'utf-8')
}

/** How many bytes the character at this place has; one for what is no character. */
function widthAt(bytes: Uint8Array, at: number, gb: boolean): number {
  const lead = bytes[at]!
  const left = bytes.length - at
  if (lead < 0x80) return 1
  if (gb) {
    if (lead === 0x80 || lead === 0xff || left < 2) return 1
    const second = bytes[at + 1]!
    if (second >= 0x30 && second <= 0x39) return left < 4 ? 1 : 4
    return second >= 0x40 && second !== 0x7f && second !== 0xff ? 2 : 1
  }
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1
  if (wanted > left) return 1
  for (let i = 1; i < wanted; ++i) if ((bytes[at + i]! & 0xc0) !== 0x80) return 1
  return wanted
}

/** For each byte the width of the character that begins there; 0 where one goes on. */
export function characters(bytes: Uint8Array, encoding: string): Uint8Array {
  const widths = new Uint8Array(bytes.length)
  const gb = isGb(encoding)
  for (let at = 0; at < bytes.length; ) at += widths[at] = widthAt(bytes, at, gb)
  return widths
}

function shown(character: string): string {
  if (character === '\n') return '↵'
  if (character === '\r') return '␍'
  if (character === '\t') return '⇥'
  return character < ' ' || character === '\u007f' || character === '\ufffd' ? '·' : character
}

/** One row of sixteen bytes. A character that goes over its end is shown where it begins. */
export function hexRow(bytes: Uint8Array, widths: Uint8Array, encoding: string, row: number): HexRow {
  const offset = row * rowWidth
  const end = Math.min(offset + rowWidth, bytes.length)
  const decoder = decoderOf(encoding)
  const glyphs: Glyph[] = []
  for (let at = offset; at < end; ) {
    const width = widths[at]!
    if (width === 0) {
      glyphs.push({ offset: at, width: 1, text: '' })
      ++at
      continue
    }
    const text = shown(decoder.decode(bytes.subarray(at, at + width)))
    glyphs.push({ offset: at, width: Math.min(width, end - at), text })
    at += width
  }
  return { offset, bytes: Array.from(bytes.subarray(offset, end)), glyphs }
}

export function rowsOf(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / rowWidth)
}

/** Spans in the order of the bytes, those within others left out: one byte belongs to one field. */
export function inOrder(spans: Span[]): Span[] {
  const sorted = spans.filter((span) => span.end > span.begin).sort((a, b) => a.begin - b.begin || a.end - b.end)
  let end = 0
  return sorted.filter((span) => {
    if (span.begin < end) return false
    end = span.end
    return true
  })
}

/** The field at this byte, of spans in order. */
export function spanAt(spans: Span[], offset: number): Span | undefined {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (spans[middle]!.end <= offset) low = middle + 1
    else high = middle
  }
  const found = spans[low]
  return found && found.begin <= offset ? found : undefined
}

export interface Segment {
  begin: number
  text: string
  field?: string
}

/** The text in pieces, each of one field or of none. */
export function segments(bytes: Uint8Array, encoding: string, spans: Span[]): Segment[] {
  const decoder = decoderOf(encoding)
  const found: Segment[] = []
  const add = (begin: number, end: number, field?: string) => {
    if (begin >= end) return
    const piece: Segment = { begin, text: decoder.decode(bytes.subarray(begin, end)) }
    if (field !== undefined) piece.field = field
    found.push(piece)
  }
  let at = 0
  for (const span of spans) {
    if (span.begin >= bytes.length) break
    add(at, span.begin)
    at = Math.min(span.end, bytes.length)
    add(span.begin, at, span.field)
  }
  add(at, bytes.length)
  return found
}

/** `         1         2` over `1234567890123`: the columns of bytes, as fixed-width layouts count them. */
export function ruler(columns: number): [string, string] {
  let tens = ''
  let ones = ''
  for (let column = 1; column <= columns; ++column) {
    ones += column % 10
    tens += column % 10 === 0 ? String((column / 10) % 10) : ' '
  }
  return [tens, ones]
}
