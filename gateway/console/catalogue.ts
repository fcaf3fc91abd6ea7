import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { parse } from 'yaml'

type Names = [zh: string, en: string]
type Field = [name: string, type: string, need: string, zh: string, en: string]
interface Lists {
  code_lists: Record<string, { names: Names; codes: Record<string, Names> }>
  records: Record<string, { names: Names; fields: Field[] }>
  messages: Record<string, { names: Names; direction: string; fields: Field[] }>
}
type Findings = Record<string, [number: number, resend: string, clause: string, zh: string, en: string]>

// The build works on a copy of this folder, and says where the schemas are.
const schemas = process.env['LOANGATE_SCHEMAS'] ?? fileURLToPath(new URL('../../schemas', import.meta.url))
const schema = (name: string) => join(schemas, name)

/** Of fields that are amounts or codes: `money`, or the list of the codes. */
function fieldTypes(lists: Lists): Record<string, string> {
  const types: Record<string, string> = {}
  for (const [kind, message] of [...Object.entries(lists.messages), ...Object.entries(lists.records)]) {
    for (const [field, type] of message.fields) {
      const told = type === 'money' ? type : /^code\((\w+)\)$/.exec(type)?.[1]
      if (told) types[`${kind}/${field}`] = types[field] = told
    }
  }
  return types
}

/** The names of fields: by the field, and by `message/field` where a message calls it otherwise. */
function fieldNames(lists: Lists): Record<string, Names> {
  const names: Record<string, Names> = {}
  for (const [kind, message] of [...Object.entries(lists.messages), ...Object.entries(lists.records)]) {
    for (const [field, , , zh, en] of message.fields) {
      const usual = (names[field] ??= [zh, en])
      if (usual[0] !== zh || usual[1] !== en) names[`${kind}/${field}`] = [zh, en]
    }
  }
  return names
}

/**
 * What the catalogue of messages calls things, for the console: `virtual:catalogue`. Read from the one source when the
 * console is built, so that a page cannot name a field otherwise than the gateway does.
 */
export function catalogue(): Plugin {
  const wanted = 'virtual:catalogue'
  const resolved = `\0${wanted}`
  return {
    name: 'loangate-catalogue',
    resolveId: (id) => (id === wanted ? resolved : undefined),
    load(id) {
      if (id !== resolved) return undefined
      this.addWatchFile(schema('catalogue.yaml'))
      this.addWatchFile(schema('findings.yaml'))
      const lists = parse(readFileSync(schema('catalogue.yaml'), 'utf8')) as Lists
      const findings = parse(readFileSync(schema('findings.yaml'), 'utf8')) as Findings
      const kinds = Object.entries(lists.messages).map(([name, { names, direction }]) => [name, { names, direction }])
      const codes = Object.entries(lists.code_lists).map(([name, list]) => [name, list.codes])
      const constants = {
        kinds: Object.fromEntries(kinds),
        codes: Object.fromEntries(codes),
        fields: fieldNames(lists),
        types: fieldTypes(lists),
        findings: Object.fromEntries(Object.entries(findings).map(([name, [number, , clause]]) => [name, { number, clause }])),
      }
      return Object.entries(constants)
        .map(([name, value]) => `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))})`)
        .join('\n')
    },
  }
}
