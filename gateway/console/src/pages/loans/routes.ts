export default [
  { path: '/loans', name: 'loans', component: () => import('./LoansPage.vue') },
  { path: '/loans/:lender/:loan_no', name: 'loan', component: () => import('./LoanPage.vue'), props: true, meta: { page: 'loans' } },
]
