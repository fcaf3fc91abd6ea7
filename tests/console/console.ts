// What every test of the console stands on: a browser with a person's certificate, and the promises that hold on every page.
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, test as base, type Locator, type Page } from '@playwright/test'

const pki = process.env['LOANGATE_PKI']!
const url = process.env['LOANGATE_URL']!

/** Somebody who looks for something: counts what he does, and how long it takes. */
export interface Walker {
  click: (what: Locator) => Promise<void>
  within: (bounds: { clicks: number; seconds: number }) => void
}

type Language = 'zh' | 'en'

interface Console {
  language: Language
  /** The words of the language. */
  say: (zh: string, en: string) => string
  /** A page as this person of the development PKI; nobody: without a certificate. */
  as: (person: string | null, options?: { width: number; height: number }) => Promise<Page>
  /** No fault that axe knows of, in the light look and in the dark one. */
  accessible: (page: Page) => Promise<void>
  walking: () => Walker
  /** Kept for README if it is asked for. */
  picture: (page: Page, name: string) => Promise<void>
}

export const test = base.extend<Console>({
  language: async ({}, use, info) => use(info.project.name as Language),
  say: async ({ language }, use) => use((zh, en) => (language === 'zh' ? zh : en)),
  as: async ({ browser, language }, use, info) => {
    const violations: string[] = []
    const contexts: { close(): Promise<void> }[] = []
    await use(async (person, size) => {
      const certificate = person
        ? { clientCertificates: [{ origin: new URL(url).origin, certPath: join(pki, 'persons', `${person}.pem`), keyPath: join(pki, 'persons', `${person}.key`) }] }
        : {}
      const context = await browser.newContext({
        ...certificate,
        baseURL: url,
        locale: info.project.use.locale ?? 'zh-CN',
        timezoneId: info.project.use.timezoneId ?? 'America/New_York',
        reducedMotion: 'reduce', // colours that are on their way from one look to the other have no contrast
        viewport: size ?? { width: 1366, height: 768 },
      })
      contexts.push(context)
      await context.exposeFunction('violated', (what: string) => violations.push(what))
      await context.addInitScript((spoken) => {
        if (!localStorage.getItem('loangate.language')) localStorage.setItem('loangate.language', spoken)
        localStorage.setItem('loangate.dark', localStorage.getItem('loangate.dark') ?? 'false')
        document.addEventListener('securitypolicyviolation', (event) => {
          void (window as unknown as { violated(what: string): void }).violated(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)
        })
      }, language)
      const page = await context.newPage()
      page.on('pageerror', (fault) => violations.push(`exception: ${fault.stack ?? fault.message}`))
      return page
    })
    for (const context of contexts) await context.close()
    expect(violations, 'nothing breaks the Content-Security-Policy, no script throws').toEqual([])
  },
  accessible: async ({}, use) => {
    await use(async (page) => {
      for (const look of ['light', 'dark'] as const) {
        await page.evaluate((dark) => document.documentElement.classList.toggle('dark', dark), look === 'dark')
        const { violations } = await new AxeBuilder({ page }).analyze()
        const told = violations.map((one) => `${look}: ${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('\n  ')}`)
        expect(told, page.url()).toEqual([])
      }
      await page.evaluate(() => document.documentElement.classList.remove('dark'))
    })
  },
  walking: async ({}, use) => {
    await use(() => {
      const began = Date.now()
      let clicks = 0
      return {
        click: async (what) => {
          ++clicks
          await what.click()
        },
        within: (bounds) => {
          expect(clicks, 'clicks').toBeLessThanOrEqual(bounds.clicks)
          expect((Date.now() - began) / 1000, 'seconds').toBeLessThan(bounds.seconds)
        },
      }
    })
  },
  picture: async ({ language }, use) => {
    await use(async (page, name) => {
      const folder = process.env['LOANGATE_PICTURES']
      if (folder) await page.screenshot({ path: join(folder, `${name}.${language}.png`), scale: 'css' })
    })
  },
})

export { expect }
