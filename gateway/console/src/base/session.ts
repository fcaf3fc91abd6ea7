import { computed, readonly, ref } from 'vue'

export const roles = ['viewer', 'operator', 'officer', 'approver', 'auditor', 'administrator', 'system'] as const
export type Role = (typeof roles)[number]

/** Who is signed in, as GET /v1/session says. */
export interface Session {
  person: string
  display_name: string
  roles: Role[]
  way: 'certificate' | 'password'
  /** What is to be done before anything else may be called. */
  steps: ('change_password' | 'set_second_factor')[]
  /** Absent with a certificate. */
  csrf_token?: string
  second_factor?: boolean
  ends_at?: string
}

const current = ref<Session | null>(null)

export const session = readonly(current)
export const signedIn = computed(() => current.value !== null && current.value.steps.length === 0)

export function setSession(next: Session | null) {
  current.value = next
}

/** Whether the person has one of the roles. */
export function may(needed: readonly Role[]): boolean {
  return current.value?.roles.some((role) => needed.includes(role)) ?? false
}

/** Where a person begins: an officer with decisions, an operator with the flow, an auditor with the audit. */
export function landing(): string {
  if (may(['officer', 'approver'])) return 'decisions'
  if (may(['auditor']) && !may(['operator', 'administrator'])) return 'audit'
  return 'flow'
}
