import { createApp } from 'vue'
import { i18n, languageWanted, speak } from './base/i18n'
import './shell/theme.css'
import AppShell from './shell/AppShell.vue'
import { router } from './shell/router'

void speak(languageWanted()).then(() => createApp(AppShell).use(i18n).use(router).mount('#app'))
