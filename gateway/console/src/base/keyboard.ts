import { onScopeDispose, ref, watch } from 'vue'

const kept = 'loangate.keys'

/** Single keys can be switched off (WCAG 2.1.4). */
export const keysOn = ref(localStorage.getItem(kept) !== 'off')
watch(keysOn, (on) => localStorage.setItem(kept, on ? 'on' : 'off'))

type Act = (event: KeyboardEvent) => void
const acts = new Map<string, Act[]>()
let before = ''
let beforeAt = 0

const typing = (element: EventTarget | null) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || !!element.closest('[role=dialog],[role=combobox],[role=listbox]'))

function pressed(event: KeyboardEvent) {
  if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return
  const chord = event.timeStamp - beforeAt < 1500 && before === 'g' ? `g ${event.key}` : event.key
  before = event.key
  beforeAt = event.timeStamp
  const act = acts.get(chord)?.slice(-1)[0]
  if (act) act(event)
}

if (typeof document !== 'undefined') document.addEventListener('keydown', pressed)

/** Keys (`/`, `j`, `g f`) for as long as the component lives; the one who came last is asked. */
export function useKeys(keys: Record<string, Act>) {
  for (const [key, act] of Object.entries(keys)) acts.set(key, [...(acts.get(key) ?? []), act])
  onScopeDispose(() => {
    for (const [key, act] of Object.entries(keys)) acts.set(key, (acts.get(key) ?? []).filter((other) => other !== act))
  })
}
