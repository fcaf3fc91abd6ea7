export default [{ path: '/fund', name: 'fund', component: () => import('./FundPage.vue') }]
