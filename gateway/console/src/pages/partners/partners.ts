// The answers of /v1/partners and /v1/maintenance, as schemas/operations/partners.yaml describes them.
import type { FlowState } from '@/pages/flow/flow'

export interface Words {
  zh: string
  en: string
}

export interface Certificate {
  sender: string
  key: string
  from?: string
  until?: string
  days_left?: number
  comment?: string
}

export interface Partner {
  id: string
  role: string
  name: Words
  transport: 'push' | 'mailbox'
  files: boolean
  health: Words & { state: FlowState }
  flow: { state: 'running' | 'paused'; until?: string; reason?: string; since?: string }
  breaker?: 'closed' | 'open'
  push?: { host: string; port: number; server_name: string }
  queue: { waiting: number; parked: number; oldest?: string; oldest_age_seconds?: number }
  last_received?: string
  last_delivered?: string
  certificates: Certificate[]
  profile_version: string
  seals: { from_partner: string[]; to_partner: string[] }
  messages_per_second: number
}

export interface ConnectionTest {
  partner: string
  host: string
  port: number
  passed: boolean
  steps: (Words & { step: string; passed: boolean; milliseconds: number })[]
  certificate?: { subject: string; issuer: string; spki_sha256: string; not_after: string; days_left: number }
}

export interface Maintenance {
  state: 'none' | 'announced' | 'open'
  now: string
  from?: string
  until?: string
  notice?: Words
}

/** Days until the first certificate still in force ends; null if none ends. */
export function daysLeft(certificates: readonly Certificate[]): number | null {
  const days = certificates.flatMap((one) => (one.days_left !== undefined && one.days_left >= 0 ? [one.days_left] : []))
  return days.length ? Math.min(...days) : null
}

/** At 60 days one should know, at 14 one must act. */
export function certificateTone(days: number | null): 'good' | 'warn' | 'bad' {
  if (days === null || days > 60) return 'good'
  return days > 14 ? 'warn' : 'bad'
}
