// The answers of /v1/system and /v1/backups, as schemas/operations/system.yaml describes them.

export interface Backup {
  name: string
  folder?: string
  state: 'running' | 'done' | 'failed'
  begun: string
  ended?: string
  last_sequence?: number
  bytes?: number
  encrypted?: boolean
  reason?: string
}

export interface Check {
  name: string
  state: 'good' | 'warning' | 'bad'
  words: { zh: string; en: string }
}

export interface System {
  version: string
  compiler: string
  started: string
  now: string
  business_time: string
  store: { last_sequence: number; bytes: { kind: string; bytes: number }[] }
  disk: { file_system: string; total_bytes: number; free_bytes: number; low_water_bytes: number }
  clock: { can_be_set: boolean; synchronised: boolean | null; greatest_error_ms?: number }
  configuration: { rulebook?: string; profiles: number }
  process: { id: number; resident_bytes: number; open_files: number; open_files_limit: number }
  limits: { name: string; value: number; unit: string }[]
  checks: Check[]
  last_backup?: Backup
}

export const tones = { good: 'good', warning: 'warn', bad: 'bad' } as const
export const backupTones = { running: 'plain', done: 'good', failed: 'bad' } as const

export function limit(value: number, unit: string, size: (count: number) => string): string {
  return unit === 'bytes' ? size(value) : `${value} ${unit}`
}
