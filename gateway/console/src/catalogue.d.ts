/** The names of the catalogue, in Chinese and English; see catalogue.ts. */
declare module 'virtual:catalogue' {
  type Names = [zh: string, en: string]
  /** Messages, acts and replies by their name. */
  export const kinds: Record<string, { names: Names; direction: 'in' | 'out' | 'reply' | 'act' }>
  /** Code lists by their name, codes by theirs. */
  export const codes: Record<string, Record<string, Names>>
  /** Fields by name, or by `message/field` where that message calls it otherwise. */
  export const fields: Record<string, Names>
  /** Of amounts and codes, as above: `money`, or the name of the code list. */
  export const types: Record<string, string>
  /** Findings by name, with the frozen number and the clause. */
  export const findings: Record<string, { number: number; clause: string }>
}
