export default [{ path: '/sign-in', name: 'sign-in', component: () => import('./SignIn.vue') }]
