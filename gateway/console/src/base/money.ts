// Amounts travel as text in yuan with two decimals ("300000.00"). They are counted in fen as bigint and never pass
// through a floating-point number.

const form = /^(-?)(\d{1,15})\.(\d{2})$/

/** Fen of an amount as the API writes it; null if it is none. */
export function fen(text: string): bigint | null {
  const parts = form.exec(text)
  if (!parts) return null
  const count = BigInt(parts[2]! + parts[3]!)
  return parts[1] ? -count : count
}

const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, ',')

/** `2,685,000.00` */
export function yuan(count: bigint): string {
  const digits = (count < 0n ? -count : count).toString().padStart(3, '0')
  return `${count < 0n ? '-' : ''}${grouped(digits.slice(0, -2))}.${digits.slice(-2)}`
}

/** `268.50`, in units of ten thousand yuan, rounded half up; only beside the exact amount. */
export function wan(count: bigint): string {
  const size = count < 0n ? -count : count
  return yuan((count < 0n ? -1n : 1n) * ((size + 5_000n) / 10_000n))
}

/** What a person types or pastes as an amount ("１２３，０００", "¥300,000") as the API wants it; null if it is none. */
export function amountTyped(typed: string): string | null {
  const plain = typed
    .normalize('NFKC')
    .replace(/[\s,¥元]/g, '')
    .replace(/。/g, '.')
  const parts = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(plain)
  if (!parts) return null
  return `${BigInt(parts[1]!)}.${(parts[2] ?? '').padEnd(2, '0')}`
}
