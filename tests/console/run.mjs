// Starts a gateway, has it play the demonstration that leaves one compensation unpaid, and lets Playwright drive the console on it:
//   node run.mjs SOURCE BUILD [arguments of playwright…]
//   node run.mjs SOURCE BUILD lighthouse.mjs       another judge instead
// LOANGATE_URL=… and LOANGATE_PKI=… use one that runs already. LOANGATE_PICTURES=DIR keeps the pictures; those that README shows lie
// in gateway/console/pictures, made smaller by `pngquant --quality 70-95 --strip`.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [source, build, ...rest] = process.argv.slice(2)
const root = mkdtempSync(join(tmpdir(), 'loangate-console-'))
const data = join(root, 'data')

/** The configuration as it is delivered, but on free ports: another gateway may run on this machine. */
function configuration() {
  for (const folder of readdirSync(source, { withFileTypes: true })) {
    if (folder.isDirectory() && ['adapters', 'certs', 'schemas', 'tests'].includes(folder.name)) symlinkSync(join(resolve(source), folder.name), join(root, folder.name))
  }
  cpSync(join(source, 'config'), join(root, 'config'), { recursive: true })
  const file = join(root, 'config', 'gateway.yaml')
  const text = readFileSync(file, 'utf8')
  const free = text.replace(/127\.0\.0\.1:844[34]/g, '127.0.0.1:0')
  if (free === text) throw new Error(`${file} has no ports 8443 and 8444 to be replaced`)
  writeFileSync(file, free)
}

/** The address of the operations port, once the story has been played. */
function started(gateway) {
  return new Promise((good, bad) => {
    let said = ''
    gateway.stderr.on('data', (bytes) => {
      said += bytes
      const found = /operations:\s+(https:\/\/\S+)/.exec(said)
      if (found) good(found[1])
    })
    gateway.once('exit', (code) => bad(new Error(`loangate demo ended with ${code}:\n${said.slice(-3000)}`)))
  })
}

const program = join(resolve(build), 'loangate')
let gateway = null
let status = 1
try {
  let url = process.env.LOANGATE_URL
  let pki = process.env.LOANGATE_PKI
  if (!url) {
    configuration()
    gateway = spawn(program, ['demo', '--stay', '--unpaid', '--config', join(root, 'config'), '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] })
    url = (await started(gateway)).replace('127.0.0.1', 'localhost')
    pki = join(data, 'pki')
  }
  // Playwright resolves its own packages from the file's place: the tests go beside the tree that was fetched.
  const place = join(resolve(build), 'tests', 'console')
  const here = dirname(fileURLToPath(import.meta.url))
  for (const file of readdirSync(here).filter((name) => /\.(ts|mjs)$/.test(name))) cpSync(join(here, file), join(place, file))
  mkdirSync(join(place, 'results'), { recursive: true })
  const judge = rest[0]?.endsWith('.mjs') ? [process.execPath, rest] : [join(place, 'node_modules', '.bin', 'playwright'), ['test', ...rest]]
  status = await new Promise((good) =>
    spawn(...judge, {
      cwd: place,
      stdio: 'inherit',
      env: { ...process.env, LOANGATE_URL: url, LOANGATE_PKI: pki, LOANGATE_PROGRAM: program, NODE_EXTRA_CA_CERTS: join(pki, 'ca.pem') },
    }).once('exit', (code) => good(code ?? 1)),
  )
} finally {
  gateway?.removeAllListeners('exit')
  gateway?.kill('SIGTERM')
  rmSync(root, { recursive: true, force: true })
}
process.exit(status)
