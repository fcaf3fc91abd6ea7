import { beforeEach, describe, expect, it } from 'vitest'
import { forget, guesses, isUscc, plain, readSaved, save, valueOf, without, withWord, words } from '@/pages/messages/query'

describe('words of a search', () => {
  it('takes keys in both languages, and what has none as it is', () => {
    expect(words('partner:bank01 结果:rejected 2021-001')).toEqual([
      { text: 'partner:bank01', key: 'partner', value: 'bank01' },
      { text: '结果:rejected', key: 'outcome', value: 'rejected' },
      { text: '2021-001', value: '2021-001' },
    ])
  })

  it('does not take a text for a key because it has a colon', () => {
    expect(words('urn:sample:x')).toEqual([{ text: 'urn:sample:x', value: 'urn:sample:x' }])
  })

  it('holds together what stands in quotation marks', () => {
    expect(words('text:"借款 合同" held').map((word) => [word.key, word.value])).toEqual([
      ['text', '借款 合同'],
      [undefined, 'held'],
    ])
  })

  it('reads full width as half width', () => {
    expect(plain('　３００，０００　ｏｕｔｃｏｍｅ：ｈｅｌｄ ')).toBe('300,000 outcome:held')
  })

  it('takes a chip out and puts one in', () => {
    expect(without('a b c', 1)).toBe('a c')
    expect(withWord('a', 'partner', 'bank01')).toBe('a partner:bank01')
    expect(withWord('partner:bank01', 'partner', 'bank02')).toBe('partner:bank01 partner:bank02')
    expect(withWord('from:2026-01-01 a', 'from', '2026-02-01')).toBe('a from:2026-02-01')
    expect(withWord('from:2026-01-01 a', 'from', '')).toBe('a')
    expect(withWord('a', 'text', '两 词')).toBe('a text:"两 词"')
    expect(withWord('kind:a', 'kind', 'a')).toBe('kind:a')
    expect(valueOf('x 自:2026-01-01', 'from')).toBe('2026-01-01')
  })
})

describe('what a word looks like', () => {
  it.each([
    ['91350100M000100Y43', 'company'],
    ['91350100m000100y43', 'company'],
    ['compensation.application', 'kind'],
    ['held', 'outcome'],
    ['company_code_invalid', 'finding'],
    ['C000000123', 'case'],
    ['300,000.00', 'amount'],
    ['2026-11-01', 'from'],
    ['4711', 'sequence'],
    ['401', 'finding'],
    ['999', 'sequence'],
    ['JX2021-000123', 'loan'],
    ['嘉兴某某科技', 'company'],
  ])('%s is taken for %s', (text, key) => {
    expect(guesses(text)[0]).toBe(key)
  })

  it('knows partners by their names', () => {
    expect(guesses('bank01', new Set(['bank01']))).toEqual(['partner'])
  })

  it('checks the last character of a USCC', () => {
    expect(isUscc('91350100M000100Y43')).toBe(true)
    expect(isUscc('91350100M000100Y44')).toBe(false)
  })
})

describe('saved searches', () => {
  beforeEach(() => localStorage.clear())

  it('keeps one for a name, and survives what others wrote there', () => {
    let list = save([], { name: 'x', query: 'a' })
    list = save(list, { name: 'x', query: 'b' })
    expect(readSaved()).toEqual([{ name: 'x', query: 'b' }])
    expect(forget(list, 'x')).toEqual([])
    localStorage.setItem('loangate.searches', '{"no":1}')
    expect(readSaved()).toEqual([])
    localStorage.setItem('loangate.searches', 'broken')
    expect(readSaved()).toEqual([])
  })
})
