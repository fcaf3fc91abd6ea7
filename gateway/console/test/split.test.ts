import { describe, expect, it } from 'vitest'
import { adding, percent, sum } from '@/pages/decisions/split'

describe('the split of a loss', () => {
  it('adds up to the fen', () => {
    expect(adding(['1074000.00', '1074000.00', '537000.00'], '2685000.00')).toEqual({
      holds: true,
      sum: '2,685,000.00',
      total: '2,685,000.00',
      difference: '0.00',
    })
  })

  it('tells of a single fen that is missing', () => {
    expect(adding(['33.33', '33.33', '33.33'], '100.00')).toMatchObject({ holds: false, difference: '-0.01' })
  })

  it('does not add what it cannot read', () => {
    expect(sum(['1.00', '1.5'])).toBeNull()
    expect(adding(['1e2'], '100.00').holds).toBe(false)
  })

  it('keeps amounts beyond what floating point holds', () => {
    expect(sum(['90071992547409.93', '0.01'])).toBe(9007199254740994n)
  })

  it('gives a share of the whole', () => {
    expect(percent('1074000.00', '2685000.00')).toBe('40.00')
    expect(percent('1.00', '3.00')).toBe('33.33')
    expect(percent('1.00', '0.00')).toBe('')
  })
})
