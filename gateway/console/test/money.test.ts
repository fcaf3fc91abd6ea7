import { describe, expect, it } from 'vitest'
import { amountTyped, fen, wan, yuan } from '@/base/money'

describe('money', () => {
  it('is exact to the fen, whatever its size', () => {
    expect(yuan(fen('2685000.00')!)).toBe('2,685,000.00')
    expect(yuan(fen('999999999999999.99')!)).toBe('999,999,999,999,999.99')
    expect(yuan(fen('-0.05')!)).toBe('-0.05')
    expect(fen('0.10')! + fen('0.20')!).toBe(fen('0.30')!)
  })
  it('is nothing if the text is no amount', () => {
    for (const text of ['', '1', '1.5', '1.234', '1e3.00', ' 1.00', '1,000.00']) expect(fen(text), text).toBeNull()
  })
  it('rounds only for 万元, half up and the same for negative amounts', () => {
    expect(wan(fen('2685000.00')!)).toBe('268.50')
    expect(wan(fen('50.00')!)).toBe('0.01')
    expect(wan(fen('-50.00')!)).toBe('-0.01')
    expect(wan(fen('49.99')!)).toBe('0.00')
  })
  it('takes what people type and paste', () => {
    expect(amountTyped('１２３，０００')).toBe('123000.00')
    expect(amountTyped(' ¥300,000.5 元\u3000')).toBe('300000.50')
    expect(amountTyped('007')).toBe('7.00')
    for (const text of ['', '12.345', '1.2.3', '-5', '12万']) expect(amountTyped(text), text).toBeNull()
  })
})
