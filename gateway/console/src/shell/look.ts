import { ref, watch } from 'vue'

const kept = 'loangate.dark'

/** The dark look: as the person chose here, else as the machine is set. */
export const dark = ref((localStorage.getItem(kept) ?? String(window.matchMedia('(prefers-color-scheme: dark)').matches)) === 'true')

const show = () => document.documentElement.classList.toggle('dark', dark.value)
show()
watch(dark, (on) => {
  localStorage.setItem(kept, String(on))
  show()
})
