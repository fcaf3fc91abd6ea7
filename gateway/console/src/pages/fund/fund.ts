// The books; see schemas/operations/fund.yaml.
import { fen } from '@/base/money'

export interface Balance {
  debit: string
  credit: string
  balance: string
}

export interface FundYear {
  institution: string
  year: number
  nominal: string
  cut: string
  approved: string
  instructed: string
  paid: string
  open: string
  recovered: string
  returned: string
  written_off: string
  used: string
  limit?: string
  left?: string
}

export interface Commitment {
  payer: string
  role: string
  instruction_no: string
  case_no: string
  lender: string
  loan_no: string
  amount: string
  pay_by: string
  days_left: number
}

export interface Fund {
  as_of: string
  accounts: (Balance & { payer: string; account: string })[]
  total: Balance
  balanced: boolean
  years: FundYear[]
  commitments?: Commitment[]
  committed?: string
  waiting?: { cases: number; principal: string; interest: string }
}

export interface MonthAhead {
  month: string
  maturing_loans: number
  maturing: string
  claimable_loans: number
  claimable: string
  payable_instructions: number
  payable: string
}

export interface FundAhead {
  as_of: string
  statement: { zh: string; en: string }
  months: MonthAhead[]
  total: MonthAhead
}

export interface Sources {
  figure: string
  as_of: string
  rows: { on: string; kind: string; key: string; case_no?: string; lender?: string; loan_no?: string; amount: string }[]
  total: string
}

/** An amount as a length on a chart: in 万元, rounded to the fen that a pixel cannot show. The tables have the amounts. */
export const drawn = (amount: string) => Number(fen(amount) ?? 0n) / 1_000_000

/** How much of the cap is gone, in whole percent; nothing without a cap. */
export function usedPercent(year: FundYear): number | undefined {
  const limit = year.limit === undefined ? null : fen(year.limit)
  const used = fen(year.used)
  return limit && used !== null ? Number((used * 100n) / limit) : undefined
}
