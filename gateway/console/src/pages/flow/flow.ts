// The answers of GET /v1/flow and /v1/flow/day, as schemas/operations/flow.yaml describes them.

export type FlowState = 'normal' | 'slow' | 'stopped' | 'silent'

interface Words {
  zh: string
  en: string
}

export interface FlowEdge {
  per_minute: number
  last_at?: string
  state: FlowState
  reason?: Words
}

export interface FlowOutbox extends FlowEdge {
  waiting: number
  parked: number
  oldest_at?: string
  oldest_seconds?: number
  failed_per_minute?: number
}

export interface FlowPartner {
  id: string
  name_zh: string
  name_en: string
  role?: string
  reached_by: 'push' | 'mailbox'
  inbound: FlowEdge
  outbox: FlowOutbox
  state: FlowState
}

export interface Flow {
  at: string
  sequence: number
  trouble: number
  alerts_open: number
  gateway: { since: string; per_minute: number; state: FlowState; reason?: Words }
  registry: { entries: number; per_minute: number; last_at?: string }
  partners: FlowPartner[]
}

export const outcomes = ['accepted', 'held', 'rejected', 'unreadable', 'conflict'] as const
export type Outcome = (typeof outcomes)[number]

export interface FlowBucket extends Record<Outcome, number> {
  at: string
  delivered: number
  failed: number
}

export interface FlowDay {
  bucket_seconds: number
  complete_from: string
  buckets: FlowBucket[]
}

export const tones = { normal: 'good', slow: 'warn', silent: 'warn', stopped: 'bad' } as const

/** Where what hurts is explained: what is parked or fails stands with its causes in Trouble, all else with the partner. */
export const explained = (one: FlowPartner) =>
  one.outbox.parked || one.outbox.failed_per_minute ? { name: 'trouble', query: { partner: one.id } } : { name: 'partner', params: { id: one.id } }

const gravity: FlowState[] = ['stopped', 'slow', 'silent', 'normal']

/** Those in trouble first, the gravest before the others; then in the order in which they came. */
export function worstFirst(partners: readonly FlowPartner[]): FlowPartner[] {
  return [...partners].sort((a, b) => gravity.indexOf(a.state) - gravity.indexOf(b.state))
}

/** How broad an edge is drawn: it grows by the logarithm, and what carries nothing is still seen. */
export function breadth(perMinute: number): number {
  return Math.min(8, 1 + Math.log2(1 + perMinute) * 0.7)
}

/** What goes into one bar of the day's chart: six buckets of five minutes, that is half an hour. */
export function halfHours(day: FlowDay): FlowBucket[] {
  const bars: FlowBucket[] = []
  for (const bucket of day.buckets) {
    const bar = bars[bars.length - 1]
    if (!bar || Math.floor(Date.parse(bar.at) / 1_800_000) !== Math.floor(Date.parse(bucket.at) / 1_800_000)) {
      bars.push({ ...bucket })
      continue
    }
    for (const name of [...outcomes, 'delivered', 'failed'] as const) bar[name] += bucket[name]
  }
  return bars
}
