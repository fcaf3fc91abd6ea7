export default [{ path: '/system', name: 'system', component: () => import('./SystemPage.vue') }]
