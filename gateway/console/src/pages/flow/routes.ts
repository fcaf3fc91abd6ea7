export default [{ path: '/flow', name: 'flow', component: () => import('./FlowPage.vue') }]
