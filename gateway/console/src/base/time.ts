// One zone for everybody: Asia/Shanghai, which has had no daylight saving since 1991. Every clock has 24 hours.

export const zone = 'Asia/Shanghai'

const clock = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

function parts(instant: Date): Record<string, string> {
  return Object.fromEntries(clock.formatToParts(instant).map((part) => [part.type, part.value]))
}

/** `2026-03-05 14:02:11`; the text itself if it is no instant. */
export function instant(text: string): string {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) return text
  const p = parts(at)
  return `${p['year']}-${p['month']}-${p['day']} ${p['hour']}:${p['minute']}:${p['second']}`
}

/** `14:02` */
export function minute(at: Date): string {
  const p = parts(at)
  return `${p['hour']}:${p['minute']}`
}

/** What the API takes: `2026-03-05T14:02:11+08:00`. */
export function iso(at: Date): string {
  return `${instant(at.toISOString()).replace(' ', 'T')}+08:00`
}

/** What a person types as an instant of the zone (`2026-03-05 14:00`, `2026/3/5 9:00`, full-width digits) as the API takes it; null if it is none. */
export function instantTyped(typed: string): string | null {
  const found = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(typed.normalize('NFKC').trim())
  if (!found) return null
  const [year, month, date, hour, min, second] = found.slice(1).map((part) => (part ?? '00').padStart(2, '0'))
  const text = `${year}-${month}-${date}T${hour}:${min}:${second}+08:00`
  const at = new Date(text)
  // The 31st of February is read as a day of March by some: what comes back must be what was typed.
  return !Number.isNaN(at.getTime()) && iso(at) === text ? text : null
}

/** What a person types or pastes as a day (`2026-03-05`, `2026/3/5`, `20260305`, `2026年3月5日`) as the API takes it; null if it is none. */
export function dayTyped(typed: string): string | null {
  const plain = typed.normalize('NFKC').trim()
  const found = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(plain)
  if (!found) return null
  const text = found.slice(1).map((part) => part.padStart(2, '0')).join('-')
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text ? text : null
}

/** `2026-03-05` of an instant in the zone. */
export function day(at: Date): string {
  return instant(at.toISOString()).slice(0, 10)
}

/** `2026年3月5日` or `5 March 2026` of a civil date "2026-03-05". */
export function civil(date: string, language: string): string {
  const at = new Date(`${date}T00:00:00Z`)
  if (Number.isNaN(at.getTime())) return date
  return new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    timeZone: 'UTC',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  }).format(at)
}

/** UTC beside it, for a tooltip: `2026-03-05T06:02:11Z`. */
export function utc(text: string): string {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? text : at.toISOString().replace(/\.\d+Z$/, 'Z')
}

const steps: [string, number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
]

/** `3 d 4 h`, `12 min`, `8 s`: two units at most. */
export function age(seconds: number): string {
  let left = Math.max(0, Math.round(seconds))
  const said: string[] = []
  for (const [unit, size] of steps) {
    if (left >= size) {
      said.push(`${Math.floor(left / size)} ${unit}`)
      left %= size
    } else if (said.length) break
    if (said.length === 2) break
  }
  if (said.length === 0 || (said.length === 1 && said[0]!.endsWith('min') && left)) said.push(`${left} s`)
  return said.join(' ')
}
