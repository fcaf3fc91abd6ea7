// The walk of README: a bank asks why its compensation has not been paid. `loangate demo --unpaid` left one, which the fund
// refused. In both languages, from the page where one begins, in at most five clicks.
import { expect, test, type Walker } from './console'

const reason = '账户已冻结' // the fund's own words

test('An operator sees where it hurts, why, and which loan it is', async ({ as, say, picture, walking, accessible }) => {
  const page = await as('operator-zhao')
  const walk: Walker = walking()
  await page.goto('/')
  const map = page.getByRole('img', { name: say('流量图', 'Map of the flow') })
  const hurts = map.locator('.line').filter({ hasText: say('搁置 1', '1 parked') })
  await expect(hurts).toBeVisible()
  await picture(page, 'walk-1-flow')

  await walk.click(hurts.locator('text').last())
  await expect(page).toHaveURL(/\/trouble\?partner=fund$/)
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: say('对方拒收', 'refused by the partner') }) })
  await expect(card.getByText(reason).first()).toBeVisible()
  await expect(card.getByRole('region', { name: say('怎么办', 'What to do') })).toBeVisible()
  await accessible(page)
  await picture(page, 'walk-2-trouble')

  await walk.click(card.locator('a[href^="/loans/"]'))
  const money = page.getByRole('region', { name: say('代偿款支付', 'Payment of the compensation') })
  await expect(money.getByText(say('未支付', 'not paid'))).toBeVisible()
  await expect(money.getByText(say(`对方拒收：${reason}`, `refused by the partner: ${reason}`))).toBeVisible()
  await accessible(page)
  await picture(page, 'walk-3-loan')

  await walk.click(money.getByRole('link', { name: say('查看指令', 'The instruction') }))
  const sent = page.getByRole('region', { name: say('投递', 'Delivery') }).filter({ hasText: reason })
  await expect(sent.locator('pre').filter({ hasText: reason })).toBeVisible() // the answer as it came, in the fund's GBK
  await accessible(page)
  await picture(page, 'walk-4-answer')
  walk.within({ clicks: 5, seconds: 60 })
})

test('An officer comes to the same reason from the payment that was missed', async ({ as, say, walking }) => {
  const page = await as('officer-li')
  const walk: Walker = walking()
  await page.goto('/')
  await expect(page).toHaveURL(/\/decisions$/)
  await walk.click(page.getByRole('link', { name: say('期限', 'Deadlines'), exact: true }))
  await walk.click(page.getByRole('link', { name: say('已错过', 'Missed') }))
  await walk.click(page.getByRole('row').filter({ hasText: /C\d+-fund/ }).getByRole('link').first())
  await expect(page.getByText(say(`对方拒收：${reason}`, `refused by the partner: ${reason}`)).first()).toBeVisible()
  walk.within({ clicks: 5, seconds: 60 })
})
