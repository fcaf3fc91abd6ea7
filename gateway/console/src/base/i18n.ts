import { computed, nextTick } from 'vue'
import { createI18n } from 'vue-i18n'

export type Language = 'zh' | 'en'

const kept = 'loangate.language'

// One chunk a language; only the one that is spoken is loaded.
const catalogues = { zh: () => import('@/words/zh'), en: () => import('@/words/en') }

export const i18n = createI18n({ legacy: false, locale: 'zh', messages: {} as Record<string, never> })
export const locale = computed(() => i18n.global.locale.value as Language)

/** The language of the address (`?lang=en`), else the one chosen last here, else Chinese. */
export function languageWanted(): Language {
  const asked = new URLSearchParams(window.location.search).get('lang') ?? localStorage.getItem(kept)
  return asked === 'en' ? 'en' : 'zh'
}

export async function speak(language: Language) {
  const { default: words } = await catalogues[language]()
  i18n.global.setLocaleMessage(language, words as never)
  i18n.global.locale.value = language as never
  localStorage.setItem(kept, language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  await nextTick()
}
