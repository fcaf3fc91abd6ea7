// What waits for a decision, and what a decision would do; see schemas/operations/rulings.yaml.
import { get } from '@/base/api'
import type { Role } from '@/base/session'
import type { Finding } from '@/pages/messages/messages'

export interface Words {
  zh: string
  en: string
}

export const kinds = ['hold', 'correction', 'compensation', 'writeoff', 'assessment', 'application', 'proposal'] as const
export type DecisionKind = (typeof kinds)[number]

export interface Clause extends Words {
  rule: string
  clause: string
}

export interface OpenProposal {
  no: string
  hash: string
  proposed_by: string
  proposed_at: string
  act: Record<string, unknown>
}

export interface DecisionItem {
  id: string
  kind: DecisionKind
  title: Words
  waits_for: 'office' | 'conference' | 'second_person' | 'bank'
  may: Role[]
  act?: string
  lender?: string
  loan_no?: string
  case_no?: string
  institution?: string
  year?: number
  application_no?: string
  company?: string
  company_name?: string
  amount?: string
  waiting_since: string
  working_days_waited: number
  due_on?: string
  days_left?: number
  working_days_left?: number
  provisional?: boolean
  clause?: Clause
  findings?: (Words & { code: string; clause: string })[]
  proposal?: OpenProposal
  link: string
}

export interface Decisions {
  as_of: string
  total: number
  items: DecisionItem[]
  next?: string
}

export interface SplitLine {
  bearer: string
  role: 'fund' | 'guarantor' | 'bank'
  name: string
  nominal: string
  cut: string
  amount: string
  clause: Clause
}

export interface Split {
  principal: string
  interest: string
  loss: string
  version: string
  clause: Clause
  pay_by?: string
  pay_clause?: Clause
  lines: SplitLine[]
  balanced: boolean
}

export interface CapChange {
  institution: string
  year: number
  limit?: string
  used_before: string
  left_before?: string
  used_after: string
  left_after?: string
  clause: Clause
}

export interface Preview {
  act: string
  as_of: string
  outcome: string
  findings: Finding[]
  split?: Split
  caps?: CapChange[]
  written_off?: { payer: string; amount: string }[]
  changes: { kind: string; key: string; state: Record<string, unknown> }[]
  messages: { to: string; kind: string; message: Record<string, unknown> }[]
}

export interface CaseFile {
  case: Record<string, unknown> & { principal: string; interest: string }
  instructions: Record<string, unknown>[]
  loan?: Record<string, unknown>
  history?: (Words & { at: string; by?: string; outcome?: string; amount?: string; sequence?: number })[]
  documents?: { kind: string; there: boolean; sha256?: string; name?: string; link?: string }[]
  findings?: Finding[]
}

/** An item of the queue by its id; null if it waits no more. */
export async function findItem(id: string, signal: AbortSignal): Promise<DecisionItem | null> {
  const kind = id.slice(0, id.indexOf('/'))
  let cursor: string | undefined
  do {
    const page: Decisions = await get('/v1/decisions', { kind, limit: 500, cursor }, signal)
    const found = page.items.find((item) => item.id === id)
    if (found) return found
    cursor = page.next
  } while (cursor)
  return null
}

/** How pressing a time limit is: past, within two working days, or neither. */
export function pressing(workingDaysLeft: number | undefined): 'bad' | 'warn' | undefined {
  if (workingDaysLeft === undefined) return undefined
  return workingDaysLeft < 0 ? 'bad' : workingDaysLeft <= 2 ? 'warn' : undefined
}
