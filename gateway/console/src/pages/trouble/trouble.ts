// What went wrong on the way to partners, and its replay; see schemas/operations/trouble.yaml.

interface Words {
  zh: string
  en: string
}

export interface TroubleGroup {
  key: string
  partner: string
  partner_name: Words
  kind: string
  class: string
  step: string
  count: number
  parked: number
  retrying: number
  first: string
  last: string
  oldest_age_seconds: number
  example: number
  reason: string
  why: Words
  runbook: Words & { id: string }
  query: string
}

export interface TroubleList {
  items: TroubleGroup[]
  complete: boolean
  looked_at: number
}

export interface ReplayCount {
  query: string
  through: number
  deliveries: number
  items: { partner: string; kind: string; deliveries: number; oldest: string }[]
  /** `named`: of the ids that the query names one by one; absent if it names none. */
  left_out: { moving: number; named?: { confirmed: number; withdrawn: number } }
  oldest?: string
  per_minute: number
  estimated_seconds: number
}

export interface Replay {
  no: string
  state: 'running' | 'stopped' | 'ended'
  query: string
  deliveries: number
  through: number
  per_minute: number
  released: number
  left_out: number
  approved: string
  approved_by: string
  reason: string
}

export interface ReplayRead extends Replay {
  confirmed: number
  failed_again: number
  waiting: number
  withdrawn: number
}

/** The loan in whose order a message stays, of its lane `loan/LENDER/NUMBER`; null for the other lanes. */
export function loanOf(lane: string): { lender: string; loan_no: string } | null {
  const [, lender, loan_no] = /^loan\/([^/]+)\/(.+)$/.exec(lane) ?? []
  return lender && loan_no ? { lender, loan_no } : null
}

/** Smallest share of the most that still shows, as percent of a bar. */
export const barOf = (age: number, oldest: number) => Math.max(2, oldest > 0 ? Math.round((100 * age) / oldest) : 0)

/** How far a replay is: what was sent again and what was passed over, of what was counted. */
export const progressOf = (replay: Replay) =>
  replay.deliveries === 0 ? 100 : Math.min(100, Math.floor((100 * (replay.released + replay.left_out)) / replay.deliveries))

/** Sizes to begin with: one, a few, many, all; a first small one shows whether the cause is gone. */
export function rates(all: number): number[] {
  return [1, 10, 60, 600, 6000].filter((rate, i) => i < 3 || rate <= all * 10)
}
