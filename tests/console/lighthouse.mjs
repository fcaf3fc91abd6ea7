// Lighthouse on the pages that one sees first: signing in, and the flow where an operator begins. Each score is the median
// of five loads and must reach 95. Run by run.mjs.
//
// Lighthouse's own desktop settings: 1350 × 940, 10 Mbit/s, 40 ms, no slower processor. The console stands on office desks in
// the bank's network; and throttling is simulated from what was observed, so that a busy machine moves the figures little.
import { launch } from 'chrome-launcher'
import lighthouse, { desktopConfig } from 'lighthouse'
import { browser, passwordOf, pin, url } from './door.mjs'

const loads = 5
const least = 95
const categories = ['performance', 'accessibility', 'best-practices']

async function cookieOf(person) {
  const { name, password, code } = passwordOf(person)
  const answer = await fetch(new URL('/v1/session', url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' },
    body: JSON.stringify({ name, password, code: code() }),
  })
  if (!answer.ok) throw new Error(`signing in is answered ${answer.status}: ${await answer.text()}`)
  return answer.headers.get('set-cookie').split(';')[0]
}

const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)]

/** One load, in a browser that has seen nothing. */
async function load(page) {
  const chrome = await launch({ chromePath: browser, chromeFlags: ['--headless=new', '--no-sandbox', pin], logLevel: 'error' })
  try {
    const { lhr } = await lighthouse(
      new URL(page.path, url).href,
      { port: chrome.port, onlyCategories: categories, logLevel: 'error', extraHeaders: page.cookie ? { Cookie: page.cookie } : {}, maxWaitForLoad: 20_000 },
      desktopConfig,
    )
    return lhr
  } finally {
    chrome.kill()
  }
}

/** Now and then the browser's own trace has no beginning, and Lighthouse asks to be run again: nothing was measured then. */
async function measured(page) {
  for (let again = 0; ; ++again) {
    const lhr = await load(page)
    if (lhr.runtimeError?.code === 'NO_NAVSTART' && again < 2) continue
    if (lhr.runtimeError) throw new Error(`${page.name}: ${lhr.runtimeError.message}`)
    if (new URL(lhr.finalDisplayedUrl).pathname !== page.ends) throw new Error(`${page.name} ends at ${lhr.finalDisplayedUrl}, not ${page.ends}`)
    return lhr
  }
}

/** Five scores of each category. */
async function scores(page) {
  const all = Object.fromEntries(categories.map((category) => [category, []]))
  const lost = new Map()
  for (let i = 0; i < loads; ++i) {
    const lhr = await measured(page)
    for (const category of categories) {
      all[category].push(Math.round(lhr.categories[category].score * 100))
      for (const { id, weight } of lhr.categories[category].auditRefs) {
        const audit = lhr.audits[id]
        if (weight > 0 && audit.score !== null && audit.score < 1) lost.set(`${category}: ${audit.title}`, audit.displayValue ?? '')
      }
    }
  }
  return { all, lost }
}

const pages = [
  { name: 'signing in', path: '/', ends: '/sign-in' },
  { name: 'the flow', path: '/', ends: '/flow', cookie: await cookieOf('operator-zhao') },
]
let failed = 0
for (const page of pages) {
  const { all, lost } = await scores(page)
  for (const [category, five] of Object.entries(all)) {
    const good = median(five) >= least
    failed += good ? 0 : 1
    console.log(`${good ? '✓' : '✗'} ${page.name}: ${category} ${median(five)} (${five.join(', ')})`)
  }
  for (const [audit, value] of lost) console.log(`    points lost: ${audit} ${value}`)
}
process.exit(failed ? 1 : 0)
