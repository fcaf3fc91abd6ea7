// The console in Chromium 91: desks in government offices have browsers of that age. An npm package that was made for a cloud's
// functions carries the browser; the puppeteer of its time speaks to it, today's Playwright no longer does. Run by run.mjs.
import { chmodSync, createReadStream, createWriteStream, existsSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import puppeteer from 'puppeteer-core'
import { passwordOf, pin, url } from './door.mjs'

const major = 91

/** The browser, unpacked once beside its package. */
async function unpacked() {
  const packed = join(dirname(createRequire(import.meta.url).resolve('chrome-aws-lambda/package.json')), 'bin', 'chromium.br')
  const browser = packed.replace(/\.br$/, '')
  if (!existsSync(browser)) {
    await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(`${browser}.part`))
    chmodSync(`${browser}.part`, 0o755)
    renameSync(`${browser}.part`, browser)
  }
  return browser
}

const must = (holds, what) => {
  if (!holds) throw new Error(what)
}

/** Signs in, sees the flow, and opens every page; what the browser complains of on the way. */
async function walk(page, language, person) {
  const complaints = []
  page.on('pageerror', (fault) => complaints.push(`exception: ${fault.message}`))
  // Who has not signed in yet is told so by 401: the browser writes that down as an error.
  page.on('console', (said) => said.type() === 'error' && !/status of 401/.test(said.text()) && complaints.push(said.text()))
  const say = (zh, en) => (language === 'zh' ? zh : en)
  const heading = () => page.$eval('h1', (one) => one.textContent.trim())
  const rows = (least) => page.waitForFunction((n) => document.querySelectorAll('tbody tr').length >= n, {}, least)

  await page.goto(new URL(`/flow?view=table&lang=${language}`, url).href)
  await page.waitForSelector('#name')
  const { name, password, code } = passwordOf(person)
  await page.type('#name', name)
  await page.type('#password', password)
  await page.type('#code', code())
  await page.click('button[type=submit]')
  await rows(22)
  must((await heading()) === say('流量', 'Flow'), `the flow is headed ${await heading()}`)
  await page.$eval('.chart [role=img]', (one) => one.scrollIntoView())
  await page.waitForSelector('.chart canvas')

  for (const path of ['/flow?view=map', '/messages?q=from:2000-01-01', '/partners', '/decisions', '/loans', '/fund', '/deadlines?state=missed', '/trouble', '/alerts', '/system']) {
    await page.goto(new URL(path, url).href)
    await page.waitForSelector(path.startsWith('/flow') ? 'svg.map .line' : 'h1')
    if (/messages|partners|loans|fund|deadlines|trouble/.test(path)) await rows(1)
  }
  must(complaints.length === 0, `${language}: ${complaints.join('\n')}`)
}

const chrome = await puppeteer.launch({
  executablePath: await unpacked(),
  args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage', pin],
  defaultViewport: { width: 1366, height: 768 },
})
try {
  const version = await chrome.version()
  must(version.includes(`/${major}.`), `this is ${version}`)
  for (const [language, person] of [['zh', 'operator-zhao'], ['en', 'officer-li']]) {
    const context = await chrome.createIncognitoBrowserContext()
    const page = await context.newPage()
    await walk(page, language, person)
    if (process.env.LOANGATE_PICTURES) await page.screenshot({ path: join(process.env.LOANGATE_PICTURES, `chromium91.${language}.png`) })
    console.log(`✓ ${version}: ${language}`)
    await context.close()
  }
} finally {
  await chrome.close()
}
