import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

// The server's key is pinned, so that a page without a client certificate is trusted for this gateway and no other.
const server = new X509Certificate(readFileSync(`${process.env['LOANGATE_PKI']}/server.pem`))
const pin = createHash('sha256').update(server.publicKey.export({ type: 'spki', format: 'der' })).digest('base64')

export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  workers: 1, // one gateway, and the acts of one page are seen on the others
  timeout: 60_000,
  reporter: [['list']],
  use: {
    baseURL: process.env['LOANGATE_URL']!,
    viewport: { width: 1366, height: 768 },
    timezoneId: 'America/New_York', // times are Shanghai's all the same
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['LOANGATE_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [`--ignore-certificate-errors-spki-list=${pin}`],
    },
  },
  projects: [
    { name: 'zh', use: { locale: 'zh-CN' } },
    { name: 'en', use: { locale: 'en-GB' } },
  ],
})
