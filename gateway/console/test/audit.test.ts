import { describe, expect, it } from 'vitest'
import { differences } from '@/pages/audit/audit'

const change = (before: Record<string, unknown> | undefined, after: Record<string, unknown>) => ({ kind: 'loan', key: 'k', before_known: true, ...(before ? { before } : {}), after })

describe('what an act changed', () => {
  it('shows what differs, what came and what went', () => {
    expect(differences(change({ a: '1', b: { x: 1 }, gone: true }, { a: '1', b: { x: 2 }, come: ['y'] }))).toEqual([
      { field: 'b', before: '{"x":1}', after: '{"x":2}' },
      { field: 'gone', before: 'true', after: '' },
      { field: 'come', before: '', after: '["y"]' },
    ])
  })

  it('shows all of what is new', () => {
    expect(differences(change(undefined, { a: '1' }))).toEqual([{ field: 'a', before: '', after: '1' }])
  })
})
