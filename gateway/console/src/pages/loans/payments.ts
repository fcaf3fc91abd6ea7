// What became of a compensation's money, read off the loan's line: of each payer, whether its instruction came and was paid.
import type { LineEvent } from './line'

export interface Payment {
  payer: string
  state: 'parked' | 'waiting' | 'delivered' | 'paid'
  /** Since when it is so. */
  since: string
  /** The entry that caused the instruction, and the delivery that carries it. */
  sequence: number
  delivery: number
  /** Of the last attempt, where the instruction has not come. */
  reason: string
}

export function paymentsOf(events: readonly LineEvent[]): Payment[] {
  const payments: Payment[] = []
  events.forEach((sent, at) => {
    if (sent.what !== 'delivery' || sent.kind !== 'compensation.instruction' || sent.state === 'withdrawn') return
    const after = events.slice(at)
    const last = after.filter((event) => event.what === 'attempt' && event.delivery === sent.delivery).pop()
    const paid = after.find((event) => event.kind === 'payment.confirmation' && event.partner === sent.partner && event.outcome === 'accepted')
    payments.push({
      payer: sent.partner ?? '',
      state: paid ? 'paid' : (sent.state as Payment['state']),
      since: (paid ?? last ?? sent).at,
      sequence: sent.sequence ?? 0,
      delivery: sent.delivery ?? 0,
      reason: last?.reason ?? '',
    })
  })
  return payments
}
