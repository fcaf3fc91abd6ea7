import { describe, expect, it } from 'vitest'
import { daysBetween, fold, type LineEvent } from '@/pages/loans/line'

const event = (at: string, more: Partial<LineEvent> = {}): LineEvent => ({ at, when: 'past', what: 'message', kind: 'loan.repayment', outcome: 'accepted', zh: '', en: '', ...more })
const shape = (items: ReturnType<typeof fold>) => items.map((item) => (item.is === 'run' ? `run ${item.events.length}` : item.is === 'gap' ? `gap ${item.days}` : item.is))
const now = '2026-11-22T09:00:00+08:00'

describe('the line of a loan', () => {
  it('has now between what was and what is to come', () => {
    const items = fold([event('2026-11-20T10:00:00+08:00'), event('2026-11-25', { when: 'future', what: 'deadline', kind: 'overdue_report' })], now)
    expect(shape(items)).toEqual(['event', 'now', 'event'])
  })

  it('ends with now if nothing is to come, and is only now if there is nothing', () => {
    expect(shape(fold([event('2026-11-20T10:00:00+08:00')], now))).toEqual(['event', 'now'])
    expect(shape(fold([], now))).toEqual(['now'])
  })

  it('says how long nothing happened', () => {
    const items = fold([event('2026-01-01T10:00:00+08:00'), event('2026-03-02T10:00:00+08:00', { kind: 'overdue.report' })], '2026-03-02T12:00:00+08:00')
    expect(shape(items)).toEqual(['event', 'gap 60', 'event', 'now'])
  })

  it('folds a run of the same that went well, and opens it', () => {
    const months = ['01', '02', '03', '04', '05'].map((month) => event(`2026-${month}-21T10:00:00+08:00`))
    const folded = fold(months, '2026-05-21T12:00:00+08:00')
    expect(shape(folded)).toEqual(['run 5', 'now'])
    const opened = fold(months, '2026-05-21T12:00:00+08:00', new Set([folded[0]!.id]))
    expect(opened.filter((item) => item.is === 'event')).toHaveLength(5)
  })

  it('never folds what was refused', () => {
    const events = [1, 2, 3, 4, 5].map((n) => event(`2026-11-0${n}T10:00:00+08:00`, n === 3 ? { outcome: 'rejected' } : {}))
    expect(shape(fold(events, '2026-11-05T12:00:00+08:00'))).toEqual(['event', 'event', 'event', 'event', 'event', 'now'])
  })

  it('gives each item an id of its own', () => {
    const events = [1, 2, 3].map((n) => event(`2026-11-0${n}T10:00:00+08:00`, { sequence: 7 }))
    const ids = fold(events, now).map((item) => item.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('counts days by the calendar, not by hours', () => {
    expect(daysBetween('2026-11-21T23:59:00+08:00', '2026-11-22T00:01:00+08:00')).toBe(1)
    expect(daysBetween('2026-11-22', '2026-11-22T23:00:00+08:00')).toBe(0)
  })
})
