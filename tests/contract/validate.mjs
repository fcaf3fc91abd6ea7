// Judges JSON documents by their schemas with ajv, apart from all code of the gateway:
//   node validate.mjs FOLDER
// FOLDER/schemas/*.json are schemas, all of which must compile in ajv's strict mode; each line of FOLDER/documents is
// [schema, document as text]. Prints one line each: `yes`, or `no` and why.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'

const folder = process.argv[2]
const ajv = new Ajv2020.default({ strict: true, allErrors: false })
const schemas = new Map()
for (const name of readdirSync(join(folder, 'schemas')))
  schemas.set(name, ajv.compile(JSON.parse(readFileSync(join(folder, 'schemas', name), 'utf8'))))

const answers = []
for (const line of readFileSync(join(folder, 'documents'), 'utf8').split('\n')) {
  if (line === '') continue
  const [schema, text] = JSON.parse(line)
  const judge = schemas.get(schema)
  let document
  try {
    document = JSON.parse(text)
  } catch (fault) {
    answers.push(`no ${fault.message}`)
    continue
  }
  answers.push(judge(document) ? 'yes' : `no ${ajv.errorsText(judge.errors)}`)
}
process.stdout.write(answers.join('\n') + '\n')
