import { locale } from './i18n'
import { session, setSession } from './session'

interface Words {
  zh: string
  en: string
}

/** One thing that is wrong with what was sent. */
export interface Fault {
  pointer: string
  code?: string
  detail: Words
}

function wordsOf(detail: string): Words {
  const [zh, ...en] = detail.split(' · ')
  return { zh: zh ?? '', en: en.join(' · ') || (zh ?? '') }
}

/** An answer that is none: RFC 9457, or the line is dead (status 0). */
export class Problem extends Error {
  readonly words: Words

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string,
    readonly errors: Fault[] = [],
  ) {
    super(detail)
    this.words = wordsOf(detail)
  }

  get said(): string {
    return this.words[locale.value]
  }
}

export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem(0, 'console', thrown instanceof Error ? thrown.message : String(thrown), '')
}

async function problemOf(answer: Response): Promise<Problem> {
  const requestId = answer.headers.get('X-Request-Id') ?? ''
  const plain = `${answer.status} ${answer.statusText}`
  if (!(answer.headers.get('Content-Type') ?? '').startsWith('application/problem+json'))
    return new Problem(answer.status, 'unknown', plain, requestId)
  const document = await answer.json().catch(() => ({}))
  return new Problem(
    answer.status,
    document.code ?? 'unknown',
    document.detail ?? plain,
    document.request_id ?? requestId,
    document.errors,
  )
}

export type Query = Record<string, string | number | boolean | null | undefined>

/** `path?a=1`; what is empty is left out. */
export function target(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString().replace(/\+/g, '%20') // a plus is a plus to the gateway
  return text ? `${path}?${text}` : path
}

/** A key under which the same act is done once, however often it is sent. Made when the form opens, not when it is sent. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16)) // randomUUID came with Chromium 92
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export interface Options {
  query?: Query
  body?: unknown
  /** Sent as Idempotency-Key. */
  key?: string
  ifMatch?: string
  signal?: AbortSignal
}

/** What goes on when the session is over; the router sets it. */
export const onSignedOut = { go: () => {} }

/** One call of the operations port. Throws a Problem for everything but 2xx. */
export async function call(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json' }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.key) headers['Idempotency-Key'] = `"${options.key}"`
  if (options.ifMatch) headers['If-Match'] = options.ifMatch
  const csrf = session.value?.csrf_token
  if (csrf && method !== 'GET') headers['X-CSRF-Token'] = csrf
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' }
  if (options.body !== undefined) init.body = JSON.stringify(options.body)
  if (options.signal) init.signal = options.signal
  let answer: Response
  try {
    answer = await fetch(target(path, options.query), init)
  } catch (fault) {
    if (options.signal?.aborted) throw fault
    throw new Problem(0, 'unreachable', '连接不上网关；请检查网络后重试 · the gateway cannot be reached; check the network and try again', '')
  }
  if (answer.ok) return answer
  const problem = await problemOf(answer)
  if (answer.status === 401 && session.value) {
    setSession(null)
    onSignedOut.go()
  }
  throw problem
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const options: Options = {}
  if (query) options.query = query
  if (signal) options.signal = signal
  return (await call('GET', path, options)).json()
}

/** The answer's JSON, or null for 204. */
export async function post<T>(path: string, body?: unknown, key?: string): Promise<T> {
  const options: Options = {}
  if (body !== undefined) options.body = body
  if (key) options.key = key
  const answer = await call('POST', path, options)
  return answer.status === 204 ? (null as T) : answer.json()
}
