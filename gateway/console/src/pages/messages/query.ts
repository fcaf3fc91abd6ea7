// The text of a search and its words. The gateway says how it took each word (`understood`); what stands here only takes the
// text apart, puts it together again, and guesses while it is being typed.
import { codesOf, findingOf, isFinding, isKind } from '@/base/terms'

export const keys = [
  'partner',
  'person',
  'kind',
  'outcome',
  'finding',
  'loan',
  'company',
  'message',
  'batch',
  'case',
  'amount',
  'sequence',
  'text',
  'from',
  'to',
] as const
export type Key = (typeof keys)[number]

const called: Record<string, Key> = {
  机构: 'partner',
  人员: 'person',
  类型: 'kind',
  结果: 'outcome',
  意见: 'finding',
  借据: 'loan',
  企业: 'company',
  报文: 'message',
  批次: 'batch',
  案件: 'case',
  金额: 'amount',
  流水: 'sequence',
  文字: 'text',
  自: 'from',
  至: 'to',
}

export interface Word {
  /** As it is in the query. */
  text: string
  key?: Key
  value: string
}

/** What was typed in full width, or pasted with such blanks, as the search wants it. */
export function plain(typed: string): string {
  return typed
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\u3000\s]+/g, ' ')
    .trim()
}

function wordOf(text: string): Word {
  const colon = text.indexOf(':')
  const name = text.slice(0, Math.max(colon, 0))
  const key = keys.find((known) => known === name.toLowerCase()) ?? called[name]
  const value = key ? text.slice(colon + 1) : text
  const word: Word = { text, value: value.replace(/^"(.*)"$/, '$1') }
  if (key) word.key = key
  return word
}

/** The words of a query; quotation marks hold one together. */
export function words(query: string): Word[] {
  return (plain(query).match(/(?:[^\s"]+|"[^"]*"?)+/g) ?? []).map(wordOf)
}

export const joined = (all: Word[]) => all.map((word) => word.text).join(' ')

export const without = (query: string, index: number) => joined(words(query).filter((_, i) => i !== index))

/** The query with one more `key:value`; a time and a kind of thing that can be but one takes the place of the former. */
export function withWord(query: string, key: Key, value: string): string {
  const kept = words(query).filter((word) => !((key === 'from' || key === 'to') && word.key === key))
  if (!value) return joined(kept)
  const clean = plain(value).replace(/"/g, '')
  const word = wordOf(`${key}:${clean.includes(' ') ? `"${clean}"` : clean}`)
  return joined(kept.some((other) => other.text === word.text) ? kept : [...kept, word])
}

export const valueOf = (query: string, key: Key) => words(query).find((word) => word.key === key)?.value ?? ''

const usccDigits = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const usccWeights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]

/** GB 32100-2015: the last of eighteen characters checks the others. */
export function isUscc(text: string): boolean {
  if (!/^[0-9A-HJ-NP-RTUW-Y]{18}$/.test(text)) return false
  const sum = usccWeights.reduce((total, weight, i) => total + weight * usccDigits.indexOf(text[i]!), 0)
  return usccDigits[(31 - (sum % 31)) % 31] === text[17]
}

/** What a word without a key looks like, best guess first; shown while it is typed, decided by the gateway. */
export function guesses(text: string, partners: ReadonlySet<string> = new Set()): Key[] {
  if (partners.has(text)) return ['partner']
  if (isKind(text)) return ['kind']
  if (codesOf('outcome').includes(text)) return ['outcome']
  if (isFinding(text)) return ['finding']
  if (isUscc(text.toUpperCase())) return ['company']
  if (/^C\d{9}$/.test(text)) return ['case']
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return ['from']
  if (/^¥?\d{1,3}(,\d{3})+(\.\d\d?)?$|^¥?\d+\.\d\d?$|^¥\d+$/.test(text)) return ['amount']
  if (/^\d+$/.test(text)) {
    const finding: Key[] = text.length === 3 && findingOf(Number(text)) ? ['finding'] : []
    return text.length < 10 ? [...finding, 'sequence', 'amount'] : ['loan', 'message']
  }
  if (/^[\x21-\x7e]*\d[\x21-\x7e]*$/.test(text)) return ['loan', 'message']
  return ['company', 'text']
}

export interface Saved {
  name: string
  query: string
}

const kept = 'loangate.searches'

export function readSaved(): Saved[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(kept) ?? '[]')
    if (!Array.isArray(list)) return []
    return list.filter((one): one is Saved => typeof one?.name === 'string' && typeof one?.query === 'string')
  } catch {
    return []
  }
}

/** Keeps a search under a name; a name is there once. */
export function save(list: Saved[], one: Saved): Saved[] {
  const next = [...list.filter((other) => other.name !== one.name), one].slice(-30)
  localStorage.setItem(kept, JSON.stringify(next))
  return next
}

export function forget(list: Saved[], name: string): Saved[] {
  const next = list.filter((one) => one.name !== name)
  localStorage.setItem(kept, JSON.stringify(next))
  return next
}

/** Searches that the product brings along, by the name of their words. */
export const shipped = [
  { name: 'refused', query: 'outcome:rejected' },
  { name: 'unreadable', query: 'outcome:unreadable' },
  { name: 'held', query: 'outcome:held' },
  { name: 'applications', query: 'kind:compensation.application' },
  { name: 'payments', query: 'kind:payment.confirmation' },
  { name: 'overdues', query: 'kind:overdue.report' },
]
