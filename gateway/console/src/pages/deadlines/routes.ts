export default [{ path: '/deadlines', name: 'deadlines', component: () => import('./DeadlinesPage.vue') }]
