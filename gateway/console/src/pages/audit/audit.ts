// Who did what; see schemas/operations/session.yaml.

export interface AuditChange {
  kind: string
  key: string
  before_known: boolean
  before?: Record<string, unknown>
  after: Record<string, unknown>
}

export interface AuditItem {
  sequence: number
  person: string
  address?: string
  received: string
  real_time: string
  kind: string
  step?: 'entered' | 'proposed' | 'approved' | 'withdrawn'
  proposal?: string
  outcome: string
  status: number
  findings: { code: string; text_zh: string; text_en: string }[]
  act: Record<string, unknown>
  changes: AuditChange[]
}

export interface Difference {
  field: string
  before: string
  after: string
}

const text = (value: unknown) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value))

/** The members of a thing that are other after the change than before; all of them if it is new. */
export function differences(change: AuditChange): Difference[] {
  const before = change.before ?? {}
  const names = [...new Set([...Object.keys(before), ...Object.keys(change.after)])]
  return names
    .map((field) => ({ field, before: text(before[field]), after: text(change.after[field]) }))
    .filter((one) => one.before !== one.after)
}
