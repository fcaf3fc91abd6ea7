import { afterEach, expect, test, vi } from 'vitest'
import { Acts } from '@/base/act'

/** The keys of the calls, each answered with the next of these: a status, or 'lost'. */
async function keysOf(answers: (number | 'lost')[], bodies: unknown[]): Promise<string[]> {
  const keys: string[] = []
  vi.stubGlobal(
    'fetch',
    vi.fn(async (_path: string, init: RequestInit) => {
      keys.push((init.headers as Record<string, string>)['Idempotency-Key']!)
      const answer = answers[keys.length - 1]!
      if (answer === 'lost') throw new TypeError('no line')
      return new Response('{}', { status: answer, headers: { 'Content-Type': 'application/json' } })
    }),
  )
  const acts = new Acts()
  for (const body of bodies) await acts.post('/v1/acts/replay.steer', body).catch(() => undefined)
  return keys
}
afterEach(() => vi.unstubAllGlobals())

test('an act whose answer was lost is sent again under its key', async () => {
  const [first, second, third] = await keysOf(['lost', 503, 200], [{ a: 1 }, { a: 1 }, { a: 1 }])
  expect(first).toMatch(/^"[0-9a-f]{32}"$/)
  expect(second).toBe(first)
  expect(third).toBe(first)
})

test('another body, or an act that was answered, has another key', async () => {
  expect(new Set(await keysOf(['lost', 422, 200, 200], [{ a: 1 }, { a: 2 }, { a: 2 }, { a: 2 }])).size).toBe(4)
})
