import { defineConfig } from '@playwright/test'
import { browser, pin } from './door.mjs'

export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  workers: 1, // one gateway, and the acts of one page are seen on the others
  timeout: 60_000,
  retries: 1, // a browser beside other tests on two cores; what needed it is listed as flaky, and is to be looked into
  reporter: [['list']],
  use: {
    baseURL: process.env['LOANGATE_URL']!,
    viewport: { width: 1366, height: 768 },
    timezoneId: 'America/New_York', // times are Shanghai's all the same
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: browser,
      args: [pin],
    },
  },
  projects: [
    { name: 'zh', use: { locale: 'zh-CN' } },
    { name: 'en', use: { locale: 'en-GB' } },
  ],
})
