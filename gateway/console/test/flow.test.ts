import { expect, it } from 'vitest'
import { breadth, halfHours, worstFirst, type FlowBucket, type FlowPartner } from '@/pages/flow/flow'

const bucket = (at: string, accepted: number): FlowBucket => ({ at, accepted, held: 1, rejected: 0, unreadable: 0, conflict: 0, delivered: 2, failed: 0 })

it('sums buckets by the half hours of the clock and loses none', () => {
  const buckets = Array.from({ length: 8 }, (_, i) => bucket(new Date(Date.parse('2026-03-05T14:20:00+08:00') + i * 300_000).toISOString(), i))
  const bars = halfHours({ bucket_seconds: 300, complete_from: buckets[0]!.at, buckets })
  expect(bars.map((bar) => bar.accepted)).toEqual([0 + 1, 2 + 3 + 4 + 5 + 6 + 7])
  expect(bars.reduce((all, bar) => all + bar.held, 0)).toBe(8)
  expect(buckets[0]!.accepted).toBe(0)
})
it('puts the gravest first and keeps the order of the others', () => {
  const named = (id: string, state: string) => ({ id, state }) as FlowPartner
  const order = worstFirst([named('a', 'normal'), named('b', 'silent'), named('c', 'stopped'), named('d', 'normal'), named('e', 'slow')])
  expect(order.map((one) => one.id).join('')).toBe('cebad')
})
it('draws nothing thinner than it can be seen and nothing broader than its line', () => {
  expect(breadth(0)).toBe(1)
  expect(breadth(1e9)).toBe(8)
})
