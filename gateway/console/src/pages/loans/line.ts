// One line of time: what was, now, what is to come. Gaps and runs of the same are folded, so that ten years fit on a page and
// what matters stands out; what was folded opens again.

export interface LineEvent {
  at: string
  when: 'past' | 'future'
  what: 'message' | 'act' | 'delivery' | 'attempt' | 'deadline'
  zh: string
  en: string
  sequence?: number
  partner?: string
  person?: string
  kind?: string
  outcome?: string
  findings?: string[]
  amount?: string
  state?: string
  delivery?: number
  reason?: string
  changes?: string[]
  days_left?: number
  working_days_left?: number
  skipped?: string[]
  provisional?: boolean
}

export interface Timeline {
  lender: string
  loan_no: string
  now: string
  loan?: Record<string, unknown>
  events: LineEvent[]
  complete: boolean
  indexed_through: number
  behind: number
}

export type LineItem =
  | { is: 'event'; id: string; event: LineEvent }
  | { is: 'run'; id: string; events: LineEvent[]; from: string; to: string }
  | { is: 'gap'; id: string; days: number }
  | { is: 'now'; id: string; at: string }

const fewestOfRun = 4 // so many of the same kind in a row are one line
const leastGap = 30 // days without anything that are worth a line

/** The day of an instant or of a day. Instants come with +08:00, the one zone of the console. */
const dayOf = (at: string) => at.slice(0, 10)

export function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(`${dayOf(b)}T00:00:00Z`) - Date.parse(`${dayOf(a)}T00:00:00Z`)) / 86_400_000)
}

/** What may be folded with its like: what went well and says nothing that another does not. */
const sort = (event: LineEvent) => {
  const quiet = event.when === 'past' && !event.findings?.length && !['rejected', 'held', 'parked', 'missed', 'conflict', 'unreadable'].includes(event.outcome ?? event.state ?? '')
  return quiet && event.what !== 'deadline' ? `${event.what}/${event.kind ?? ''}` : ''
}

const idOf = (event: LineEvent, i: number) => `${event.what}-${event.sequence ?? event.delivery ?? event.kind ?? ''}-${i}`

/** The line as it is shown; `whole` holds the ids of runs that are open. Events come in the order of their time. */
export function fold(events: LineEvent[], now: string, whole: ReadonlySet<string> = new Set()): LineItem[] {
  const items: LineItem[] = []
  let before: string | null = null
  let passedNow = false
  const passNow = () => {
    if (!passedNow) {
      gapTo(now)
      items.push({ is: 'now', id: 'now', at: now })
    }
    passedNow = true
  }
  const gapTo = (at: string) => {
    const days = before === null ? 0 : daysBetween(before, at)
    if (days >= leastGap) items.push({ is: 'gap', id: `gap-${before}-${dayOf(at)}`, days })
    before = dayOf(at)
  }

  for (let i = 0; i < events.length; ) {
    const event = events[i]!
    if (event.when === 'future') passNow()
    let end = i + 1
    const like = sort(event)
    while (like && end < events.length && sort(events[end]!) === like) ++end
    const run = events.slice(i, end)
    const id = `run-${idOf(event, i)}`
    if (run.length >= fewestOfRun && !whole.has(id)) {
      gapTo(event.at)
      items.push({ is: 'run', id, events: run, from: event.at, to: run[run.length - 1]!.at })
      before = dayOf(run[run.length - 1]!.at)
      i = end
    } else {
      // An open run, or too few for one: each by itself.
      const upTo = run.length >= fewestOfRun ? end : i + 1
      for (; i < upTo; ++i) {
        gapTo(events[i]!.at)
        items.push({ is: 'event', id: idOf(events[i]!, i), event: events[i]! })
      }
    }
  }
  passNow()
  return items
}
