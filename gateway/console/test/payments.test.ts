import { describe, expect, it } from 'vitest'
import { explained, type FlowPartner } from '@/pages/flow/flow'
import type { LineEvent } from '@/pages/loans/line'
import { paymentsOf } from '@/pages/loans/payments'
import { textOf } from '@/pages/messages/bytes'
import { loanOf } from '@/pages/trouble/trouble'

const event = (at: string, more: Partial<LineEvent>): LineEvent => ({ at: `2026-09-${at}T10:00:00+08:00`, when: 'past', what: 'message', zh: '', en: '', ...more })
const instruction = (at: string, state: string, delivery = 7, partner = 'fund') => event(at, { what: 'delivery', kind: 'compensation.instruction', state, delivery, partner, sequence: 3 })
const attempt = (at: string, state: string, reason: string, delivery = 7) => event(at, { what: 'attempt', state, reason, delivery, sequence: 3 })
const confirmation = (at: string, outcome: string, partner = 'fund') => event(at, { kind: 'payment.confirmation', outcome, partner })

describe('the money of a compensation', () => {
  it('is not paid while its instruction is parked, for the reason of the last attempt', () => {
    const [one, ...others] = paymentsOf([instruction('21', 'parked'), attempt('21', 'waiting', '[outage] HTTP 503'), attempt('22', 'parked', '[refused] 账户已冻结')])
    expect(one).toEqual({ payer: 'fund', state: 'parked', since: '2026-09-22T10:00:00+08:00', sequence: 3, delivery: 7, reason: '[refused] 账户已冻结' })
    expect(others).toEqual([])
  })
  it('is not paid because the payer was told and has not answered', () => {
    expect(paymentsOf([instruction('21', 'delivered'), attempt('21', 'delivered', ''), confirmation('22', 'rejected')])[0]).toMatchObject({ state: 'delivered' })
  })
  it('is paid once the payer itself said so', () => {
    const told = [instruction('21', 'delivered'), instruction('21', 'delivered', 8, 'jxguar'), confirmation('23', 'accepted', 'jxguar')]
    expect(paymentsOf(told).map(({ payer, state }) => `${payer} ${state}`)).toEqual(['fund delivered', 'jxguar paid'])
  })
  it('takes no confirmation that came before, and shows nothing that was withdrawn', () => {
    expect(paymentsOf([confirmation('20', 'accepted'), instruction('21', 'delivered')])[0]).toMatchObject({ state: 'delivered' })
    expect(paymentsOf([instruction('21', 'withdrawn')])).toEqual([])
  })
})

it('knows the loan of a lane, and that other lanes have none', () => {
  expect(loanOf('loan/phrcb/JJ/2026/1')).toEqual({ lender: 'phrcb', loan_no: 'JJ/2026/1' })
  expect(loanOf('company/91330482MA00002505')).toBeNull()
})

it('leads from what hurts to where it is explained', () => {
  const partner = (outbox: object) => ({ id: 'fund', outbox }) as FlowPartner
  expect(explained(partner({ parked: 1 }))).toEqual({ name: 'trouble', query: { partner: 'fund' } })
  expect(explained(partner({ parked: 0, failed_per_minute: 2 }))).toEqual({ name: 'trouble', query: { partner: 'fund' } })
  expect(explained(partner({ parked: 0 }))).toEqual({ name: 'partner', params: { id: 'fund' } })
})

it('reads a partner’s answer in UTF-8 or in GB18030', () => {
  expect(textOf(new TextEncoder().encode('账户'))).toBe('账户')
  expect(textOf(new Uint8Array([0xd5, 0xcb, 0xbb, 0xa7]))).toBe('账户')
})
