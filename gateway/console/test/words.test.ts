import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(__dirname, '../src/words')
const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join()

function flat(value: unknown, path = ''): Record<string, string> {
  if (typeof value === 'string') return { [path]: value }
  return Object.assign({}, ...Object.entries(value as object).map(([key, inner]) => flat(inner, path ? `${path}.${key}` : key)))
}
const read = (language: string) =>
  Object.fromEntries(readdirSync(join(root, language)).map((file) => [file, flat(JSON.parse(readFileSync(join(root, language, file), 'utf8')))]))

const zh = read('zh')
const en = read('en')

it('has the same files and keys in both languages', () => {
  expect(Object.keys(en)).toEqual(Object.keys(zh))
  for (const file of Object.keys(zh)) expect(Object.keys(en[file]!).sort(), file).toEqual(Object.keys(zh[file]!).sort())
})
it('fills the same places in both', () => {
  for (const [file, words] of Object.entries(zh)) {
    for (const [key, text] of Object.entries(words)) expect(places(en[file]![key] ?? ''), `${file} ${key}`).toBe(places(text))
  }
})
it('uses no key that is not there', () => {
  const known = new Set(Object.entries(zh).flatMap(([file, words]) => Object.keys(words).map((key) => `${file.replace('.json', '')}.${key}`)))
  const groups = new Set([...known].flatMap((key) => key.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.'))))
  const sources = readdirSync(join(root, '..'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vue|ts)$/.test(file))
  for (const file of sources) {
    const text = readFileSync(join(root, '..', file), 'utf8')
    for (const [, key] of text.matchAll(/\bt\(\s*'([\w.-]+)'/g)) expect(known.has(key!), `${file}: ${key}`).toBe(true)
    for (const [, key] of text.matchAll(/\bt\(\s*`([\w.-]+)\.\$\{/g)) expect(groups.has(key!), `${file}: ${key}.…`).toBe(true)
  }
})
