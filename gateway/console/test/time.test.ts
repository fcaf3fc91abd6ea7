import { expect, it } from 'vitest'
import { age, civil, day, instant, instantTyped, iso, utc } from '@/base/time'

it('shows every instant in Shanghai on a 24-hour clock, whatever the machine is set to', () => {
  expect(instant('2026-03-04T16:00:00Z')).toBe('2026-03-05 00:00:00')
  expect(instant('2026-03-05T14:02:11+08:00')).toBe('2026-03-05 14:02:11')
  expect(iso(new Date('2026-12-31T16:00:00Z'))).toBe('2027-01-01T00:00:00+08:00')
  expect(day(new Date('2026-12-31T16:00:00Z'))).toBe('2027-01-01')
  expect(utc('2026-03-05T14:02:11.123+08:00')).toBe('2026-03-05T06:02:11Z')
})
it('leaves alone what is no instant', () => expect(instant('soon')).toBe('soon'))
it('names a civil day as people write it', () => {
  expect(civil('2026-03-05', 'zh')).toBe('2026年3月5日')
  expect(civil('2026-03-05', 'en')).toBe('5 March 2026')
})
it('tells an age in two units at most', () => {
  expect([0, 59, 60, 61, 3_600, 3_660, 90_061, 86_400].map(age)).toEqual(['0 s', '59 s', '1 min', '1 min 1 s', '1 h', '1 h 1 min', '1 d 1 h', '1 d'])
})
it('reads an instant as people type it, and no other', () => {
  expect(instantTyped('2026-03-05 14:00')).toBe('2026-03-05T14:00:00+08:00')
  expect(instantTyped('２０２６/3/5 9:05:07')).toBe('2026-03-05T09:05:07+08:00')
  expect(instantTyped('2026年3月5日 9:05')).toBe('2026-03-05T09:05:00+08:00')
  for (const text of ['', 'soon', '2026-02-31 10:00', '2026-03-05', '2026-03-05 25:00', '14:00']) expect(instantTyped(text), text).toBeNull()
})
