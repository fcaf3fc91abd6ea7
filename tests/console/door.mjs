// What the judges need to come in: the pin of the server's key, and a person who signs in by password and one-time code.
import { execFileSync } from 'node:child_process'
import { createHash, createHmac, X509Certificate } from 'node:crypto'
import { setDefaultResultOrder } from 'node:dns'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

setDefaultResultOrder('ipv4first') // the gateway of the demonstration listens there; Node 18 takes ::1 of localhost and tries no other

const pki = process.env.LOANGATE_PKI

export const url = process.env.LOANGATE_URL
export const browser = process.env.LOANGATE_CHROMIUM ?? '/usr/bin/chromium'

/** The server's key is pinned, so that a page without a client certificate is trusted for this gateway and no other. */
export const pin = `--ignore-certificate-errors-spki-list=${createHash('sha256')
  .update(new X509Certificate(readFileSync(join(pki, 'server.pem'))).publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64')}`

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The one-time code of a base32 secret now (RFC 6238). */
function code(secret) {
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const hash = createHmac('sha1', key).update(step).digest()
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Lets a person of the development PKI sign in by password, as the operator of the gateway would. */
export function passwordOf(person) {
  const password = 'correct horse battery staple'
  const said = execFileSync(process.env.LOANGATE_PROGRAM, ['person', 'add', person, '--data', dirname(pki)], { input: `${password}\n`, encoding: 'utf8' })
  const secret = /secret=([A-Z2-7]+)/.exec(said)[1]
  return { name: person, password, code: () => code(secret) }
}
