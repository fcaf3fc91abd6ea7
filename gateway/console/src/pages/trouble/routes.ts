export default [
  { path: '/trouble', name: 'trouble', component: () => import('./TroublePage.vue') },
  { path: '/trouble/replay', name: 'replay-new', component: () => import('./ReplayNew.vue'), meta: { page: 'trouble' } },
  { path: '/trouble/replays/:no', name: 'replay', component: () => import('./ReplayPage.vue'), props: true, meta: { page: 'trouble' } },
]
