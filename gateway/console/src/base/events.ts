import { onScopeDispose, readonly, ref } from 'vue'
import { call } from './api'

export type Line = 'off' | 'connecting' | 'open' | 'lost'

/** How the tab's one stream of events stands; the status strip shows it. */
const state = ref<Line>('off')
export const line = readonly(state)

const stream = '/v1/flow/stream' // HTTP/1.1 allows six connections to a host: one of them is enough for a tab
const listeners = new Map<string, Set<(data: unknown) => void>>([['flow', new Set()]])
const last = new Map<string, unknown>()
let source: EventSource | null = null
let again: ReturnType<typeof setTimeout> | undefined

function listen(name: string) {
  source?.addEventListener(name, (event) => {
    const data: unknown = JSON.parse((event as MessageEvent<string>).data)
    last.set(name, data)
    for (const listener of listeners.get(name) ?? []) listener(data)
  })
}

function connect() {
  clearTimeout(again)
  state.value = state.value === 'lost' ? 'lost' : 'connecting'
  source = new EventSource(stream)
  source.onopen = () => (state.value = 'open')
  source.onerror = () => {
    state.value = 'lost'
    if (source?.readyState !== EventSource.CLOSED) return // the browser tries again by itself
    source = null
    again = setTimeout(connect, 3000 + Math.random() * 3000)
    void call('GET', '/v1/session').catch(() => {}) // was it refused because the session is over? call() sees to that
  }
  for (const name of listeners.keys()) listen(name)
}

/** Begins or ends the stream: with the session. */
export function follow(on: boolean) {
  if (on === (state.value !== 'off')) return
  if (on) return connect()
  clearTimeout(again)
  source?.close()
  source = null
  last.clear()
  state.value = 'off'
}

/** Hears events of this name for as long as the component lives; the last one at once, if there was one. */
export function useEvent<T>(name: string, hear: (data: T) => void) {
  const listener = hear as (data: unknown) => void
  if (!listeners.has(name)) {
    listeners.set(name, new Set())
    listen(name)
  }
  listeners.get(name)!.add(listener)
  if (last.has(name)) listener(last.get(name))
  onScopeDispose(() => listeners.get(name)?.delete(listener))
}
