import { shallowRef } from 'vue'
import { get } from './api'
import { locale } from './i18n'

export interface Institution {
  id: string
  role: string
  name_zh: string
  name_en: string
}

const known = shallowRef<ReadonlyMap<string, Institution>>(new Map())
let asked: Promise<void> | null = null

async function ask() {
  const { institutions } = await get<{ institutions: Institution[] }>('/v1/institutions', { limit: 500 })
  known.value = new Map(institutions.map((one) => [one.id, one]))
}

/** The programme's institutions, asked for once a start; empty until they are there. A name is never worth a refusal. */
export function useInstitutions() {
  asked ??= ask().catch(() => {
    asked = null
  })
  const nameOf = (id: string | undefined) => {
    const one = id === undefined ? undefined : known.value.get(id)
    return (locale.value === 'zh' ? one?.name_zh : one?.name_en) ?? id ?? ''
  }
  return { institutions: known, nameOf }
}
