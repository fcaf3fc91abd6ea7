import { fen, yuan } from '@/base/money'

/** The sum of amounts as the API writes them, to the fen; null if one of them is no amount. */
export function sum(amounts: string[]): bigint | null {
  let total = 0n
  for (const amount of amounts) {
    const count = fen(amount)
    if (count === null) return null
    total += count
  }
  return total
}

export interface Check {
  holds: boolean
  /** `2,685,000.00`; empty if it cannot be told. */
  sum: string
  total: string
  difference: string
}

/** Whether the parts make up the whole, to the fen. What cannot be read does not add up. */
export function adding(parts: string[], whole: string): Check {
  const counted = sum(parts)
  const wanted = fen(whole)
  if (counted === null || wanted === null) return { holds: false, sum: '', total: whole, difference: '' }
  return { holds: counted === wanted, sum: yuan(counted), total: yuan(wanted), difference: yuan(counted - wanted) }
}

/** How much of the whole a part is, in percent with two decimals: `40.00`; empty if it cannot be told. */
export function percent(part: string, whole: string): string {
  const of = fen(part)
  const total = fen(whole)
  if (of === null || total === null || total <= 0n || of < 0n) return ''
  const hundredths = (of * 10_000n + total / 2n) / total
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, '0')}`
}
