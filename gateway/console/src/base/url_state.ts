import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'

let waiting: LocationQueryRaw | null = null

/**
 * Text values that live in the address's query, so that what one sees can be shared and reloaded:
 * `const { partner, state } = useQuery('partner', 'state')`. Empty text takes the name out of the address. Several set in
 * one tick make one navigation.
 */
export function useQuery<Name extends string>(...names: Name[]): Record<Name, WritableComputedRef<string>> {
  const route = useRoute()
  const router = useRouter()
  const set = (name: string, value: string) => {
    if (!waiting) {
      waiting = { ...route.query }
      queueMicrotask(() => {
        const query = waiting!
        waiting = null
        void router.replace({ query, hash: route.hash })
      })
    }
    if (value) waiting[name] = value
    else delete waiting[name]
  }
  const one = (name: string) =>
    computed({
      get: () => {
        const value = route.query[name]
        return typeof value === 'string' ? value : ''
      },
      set: (value) => set(name, value),
    })
  return Object.fromEntries(names.map((name) => [name, one(name)])) as Record<Name, WritableComputedRef<string>>
}
