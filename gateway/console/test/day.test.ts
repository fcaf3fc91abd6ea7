import { expect, it } from 'vitest'
import { dayTyped } from '@/base/time'

it.each([
  ['2026-03-05', '2026-03-05'],
  ['2026/3/5', '2026-03-05'],
  ['２０２６年３月５日', '2026-03-05'],
  [' 20260305 ', '2026-03-05'],
  ['2024-02-29', '2024-02-29'],
])('reads %s as a day', (typed, day) => expect(dayTyped(typed)).toBe(day))

it.each(['2026-02-30', '2026-13-01', '5.3.2026', '2026-03', 'today', ''])('takes %s for no day', (typed) => expect(dayTyped(typed)).toBeNull())
