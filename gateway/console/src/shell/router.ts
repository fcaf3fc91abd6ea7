import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { asProblem, get, onSignedOut } from '@/base/api'
import { follow } from '@/base/events'
import { landing, setSession, signedIn, type Session } from '@/base/session'
import pages from '@/pages.json'

// A page is a folder of src/pages with a routes.ts; the folders of src/pages.json that have none are not in the rail.
const folders = import.meta.glob<{ default: RouteRecordRaw[] }>('../pages/*/routes.ts', { eager: true })

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    // Where one begins follows from who one is, which is known only after ask(): no redirect could tell.
    { path: '/', component: { render: () => null } },
    ...Object.values(folders).flatMap((folder) => folder.default),
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

export function built(id: string): boolean {
  return router.hasRoute(id)
}

/** The pages of the rail, in its order. */
export function railPages(group: string) {
  return pages.filter((page) => page.group === group && built(page.id))
}

let asked = false

/** Who is signed in, asked once a start: a certificate, or the cookie of an earlier visit, may have done it already. */
async function ask(): Promise<void> {
  if (asked) return
  try {
    setSession(await get<Session>('/v1/session'))
    asked = true
  } catch (fault) {
    asked = asProblem(fault).status === 401
  }
}

router.beforeEach(async (to) => {
  await ask()
  follow(signedIn.value)
  if (to.name === 'sign-in') return signedIn.value ? { path: '/' } : true
  if (!signedIn.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
  if (to.path === '/') return { name: built(landing()) ? landing() : 'flow', replace: true }
  return true
})

onSignedOut.go = () => {
  follow(false)
  void router.push({ name: 'sign-in', query: { to: router.currentRoute.value.fullPath, reason: 'over' } })
}

// A page's code could not be fetched: the connection broke, or the gateway was upgraded and has it under another name. Loading
// the document anew fetches both; where that was what failed, it stays at that.
router.onError((fault, to) => {
  const loads = /dynamically imported module|module script failed|preload css/i.test(String(fault))
  if (loads && router.currentRoute.value.matched.length > 0) location.assign(to.fullPath)
})
