// Judges real exchanges by the description that the gateway serves, with ajv, apart from all code of the gateway:
//   node validate.mjs openapi.json exchanges
// Each line of the second file is {method, path, status, type, sent, got}: `path` as the description writes it. A member
// that is not described is a fault: schemas that say nothing of others are closed here. Prints one line for each fault,
// and a last one: how many were judged, and which calls got no answer but refusals.
import { readFileSync } from 'node:fs'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const description = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const schemas = description.components.schemas

// A schema that others are added to by allOf must stay open itself; the whole is closed by unevaluatedProperties.
function closed(node, open = false) {
  if (Array.isArray(node)) return node.map((item) => closed(item))
  if (node === null || typeof node !== 'object') return node
  const out = {}
  for (const [key, value] of Object.entries(node)) {
    if (key === '$ref') out.$ref = `api#/$defs/${value.split('/').pop()}${open ? '.open' : ''}`
    else if (key === 'allOf') out.allOf = value.map((part) => closed(part, true))
    else if (['properties', '$defs', 'patternProperties'].includes(key))
      out[key] = Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, closed(schema)]))
    else if (['enum', 'const', 'default', 'examples', 'required', 'type'].includes(key)) out[key] = value
    else out[key] = closed(value)
  }
  if (open || 'additionalProperties' in node || 'unevaluatedProperties' in node) return out
  if (node.allOf) Object.assign(out, { type: 'object', unevaluatedProperties: false })
  else if (node.properties) out.additionalProperties = false
  return out
}

const defs = {}
for (const [name, schema] of Object.entries(schemas)) {
  defs[name] = closed(schema)
  defs[`${name}.open`] = closed(schema, true)
}
const ajv = new Ajv2020.default({ strict: true, allErrors: true, allowUnionTypes: true, strictRequired: false })
addFormats.default(ajv)
ajv.addSchema({ $id: 'api', $defs: defs })
const resolved = (thing) =>
  thing?.$ref ? thing.$ref.slice(2).split('/').reduce((at, key) => at[key], description) : thing
const judges = new Map()
function faults(schema, text, what) {
  const key = JSON.stringify(schema)
  if (!judges.has(key)) judges.set(key, ajv.compile(closed(schema)))
  const judge = judges.get(key)
  let value
  try {
    value = JSON.parse(text)
  } catch (fault) {
    return [`${what}: no JSON: ${fault.message}`]
  }
  if (judge(value)) return []
  return judge.errors.slice(0, 4).map((e) => `${what}${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`)
}

const found = []
const shown = new Set()
let judged = 0
for (const line of readFileSync(process.argv[3], 'utf8').split('\n')) {
  if (line === '') continue
  const { method, path, status, type, sent, got } = JSON.parse(line)
  const operation = description.paths[path]?.[method.toLowerCase()]
  const at = `${method} ${path} ${status}`
  if (!operation) {
    found.push(`${at}: not described`)
    continue
  }
  ++judged
  const answer = resolved(operation.responses[String(status)])
  if (!answer) {
    found.push(`${at}: this status is not described: ${got.slice(0, 200)}`)
    continue
  }
  if (status < 300) shown.add(`${method} ${path}`)
  const kinds = answer.content ?? {}
  const media = kinds[type.split(';')[0]] ?? kinds['*/*']
  if (!media && type !== '') found.push(`${at}: ${type} is not described`)
  else if (media?.schema && type.includes('json')) found.push(...faults(media.schema, got, `${at} answer`))
  const body = resolved(operation.requestBody)?.content?.['application/json']?.schema
  if (sent !== '' && status < 300 && body) found.push(...faults(body, sent, `${at} body`))
}
const unseen = []
for (const [path, item] of Object.entries(description.paths))
  for (const method of ['get', 'put', 'post', 'delete'])
    if (item[method] && !shown.has(`${method.toUpperCase()} ${path}`)) unseen.push(`${method.toUpperCase()} ${path}`)
for (const fault of found) console.log(fault)
console.log(JSON.stringify({ judged, faults: found.length, unseen }))
