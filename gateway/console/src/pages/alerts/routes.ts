export default [{ path: '/alerts', name: 'alerts', component: () => import('./AlertsPage.vue') }]
