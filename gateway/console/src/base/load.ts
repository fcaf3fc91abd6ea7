import { onScopeDispose, shallowRef, watch, type WatchSource } from 'vue'
import { asProblem, type Problem } from './api'

/**
 * What a page shows, read anew whenever a source changes: `data` stays while the next is on its way, `problem` says why there
 * is none. A later call wins over an earlier one, in whatever order they come back.
 */
export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, sources: WatchSource[] = []) {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const loading = shallowRef(false)
  let running: AbortController | null = null

  async function load() {
    running?.abort()
    const mine = (running = new AbortController())
    loading.value = true
    try {
      const next = await read(mine.signal)
      if (mine !== running) return
      data.value = next
      problem.value = null
    } catch (fault) {
      if (mine !== running || mine.signal.aborted) return
      problem.value = asProblem(fault)
    } finally {
      if (mine === running) loading.value = false
    }
  }

  watch(sources, load, { immediate: true })
  onScopeDispose(() => running?.abort())
  return { data, problem, loading, load }
}
