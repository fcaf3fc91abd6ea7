export default [
  { path: '/partners', name: 'partners', component: () => import('./PartnersPage.vue') },
  { path: '/partners/:id', name: 'partner', component: () => import('./PartnerPage.vue'), props: true, meta: { page: 'partners' } },
]
