import type { RouteLocationNormalized } from 'vue-router'

export default [
  { path: '/decisions', name: 'decisions', component: () => import('./DecisionsPage.vue') },
  {
    path: '/decisions/:id+',
    name: 'decision',
    component: () => import('./DecisionPage.vue'),
    props: (route: RouteLocationNormalized) => ({ id: ([] as string[]).concat(route.params['id'] ?? []).join('/') }),
    meta: { page: 'decisions' },
  },
]
