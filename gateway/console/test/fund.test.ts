import { describe, expect, it } from 'vitest'
import { drawn, usedPercent, type FundYear } from '@/pages/fund/fund'

const year = (used: string, limit?: string) => ({ used, ...(limit ? { limit } : {}) }) as FundYear

describe('the fund', () => {
  it('draws in units of ten thousand yuan', () => {
    expect(drawn('2685000.00')).toBe(268.5)
    expect(drawn('no amount')).toBe(0)
  })

  it('says how much of a cap is gone, rounded down', () => {
    expect(usedPercent(year('999999.99', '1000000.00'))).toBe(99)
    expect(usedPercent(year('0.00', '1000000.00'))).toBe(0)
    expect(usedPercent(year('1.00'))).toBeUndefined()
  })
})
