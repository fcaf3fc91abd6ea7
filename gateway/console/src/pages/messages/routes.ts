export default [
  { path: '/messages', name: 'messages', component: () => import('./MessagesPage.vue') },
  {
    path: '/messages/:sequence(\\d+)',
    name: 'message',
    component: () => import('./MessagePage.vue'),
    props: true,
    meta: { page: 'messages' },
  },
]
