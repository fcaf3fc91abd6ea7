// What GET /v1/messages and /v1/messages/{sequence} answer; see schemas/operations/messages.yaml.

export interface MessageHead {
  sequence: number
  partner?: string
  person?: string
  kind?: string
  message_id?: string
  received: string
  real_time: string
  outcome: string
  status: number
  findings: string[]
  loan_no?: string
  lender?: string
  company_uscc?: string
  company_name?: string
  amount?: string
}

/** How a word of the search was taken. */
export interface Clause {
  word: string
  as: string[]
}

export interface MessagesFound {
  items: MessageHead[]
  next?: string
  understood: Clause[]
  range: { from?: string; until?: string; by_default: boolean }
  complete: boolean
  earlier: { count: number; exact: boolean }
  indexed_through: number
  behind: number
}

export interface Finding {
  code: string
  number: number
  severity: string
  clause?: string
  text_zh: string
  text_en: string
  place?: string
}

export interface Place {
  kind: string
  place: string
  field?: string
  zh?: string
  begin?: number
  size?: number
  raw: string
  value?: unknown
  missing?: boolean
}

export type StageName = 'received' | 'decoded' | 'judged' | 'committed' | 'answered' | 'delivered'
export type StageState = 'done' | 'failed' | 'waiting' | 'parked' | 'none'

export interface Stage {
  name: StageName
  zh: string
  en: string
  at?: string
  state: StageState
  detail?: string
}

export interface Attempt {
  at: string
  state: string
  attempts: number
  reason: string
  answer: string
}

export interface Delivery {
  id: number
  to: string
  kind: string
  lane?: string
  state: string
  attempts: number
  created: string
  next_attempt?: string
  reason?: string
  history: Attempt[]
  message?: Record<string, unknown>
}

export interface Link {
  sequence: number
  kind?: string
  by?: string
  received?: string
  outcome?: string
  thing: string
}

export interface MessageWhole {
  head: MessageHead
  findings: Finding[]
  canonical?: Record<string, unknown>
  raw_sha256: string
  content_sha256: string
  raw: string | null
  raw_text: string | null
  charset?: string
  receipt?: Record<string, unknown>
  receipt_text?: string
  places: Place[]
  places_by?: 'same' | 'other'
  stages: Stage[]
  changes: { number: number; kind: string; key: string; state: Record<string, unknown> }[]
  deliveries: Delivery[]
  caused_by: Link[]
  led_to: Link[]
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

const tones: Record<string, Tone> = {
  accepted: 'good',
  held: 'warn',
  rejected: 'bad',
  unreadable: 'bad',
  conflict: 'bad',
  delivered: 'good',
  waiting: 'plain',
  parked: 'bad',
  withdrawn: 'plain',
  done: 'good',
  failed: 'bad',
  none: 'plain',
}

/** How the state of a message, of a delivery or of a stage looks. */
export const toneOf = (state: string): Tone => tones[state] ?? 'plain'
