// Finding a message, reading it to the byte, and the loan that it is about.
import { expect, test } from './console'

test('A search becomes chips, stays in the address, and says in what it was searched', async ({ as, say, accessible, picture }) => {
  const page = await as('officer-li')
  await page.goto('/messages')
  const box = page.getByRole('searchbox')
  await box.fill('ｏｕｔｃｏｍｅ：rejected ')
  await box.press('Enter')
  await expect(page).toHaveURL(/q=outcome(:|%3A)rejected/)
  await expect(page.getByText(say('未指定时间，默认最近 30 天', 'no time was given: the last 30 days'))).toBeVisible()
  await box.fill('outcome:rejected from:2000-01-01')
  await box.press('Enter')
  await expect.poll(() => page.getByRole('table').getByRole('row').count()).toBeGreaterThan(1)
  await accessible(page)
  await picture(page, 'messages')
  const found = page.url()
  await page.reload()
  await expect(page).toHaveURL(found)
  await expect(box).toHaveValue('outcome:rejected from:2000-01-01')

  await page.getByRole('button', { name: say('去掉条件 outcome:rejected', 'Take out outcome:rejected') }).click()
  await expect(box).toHaveValue('from:2000-01-01')
  await page.getByLabel(say('按结果缩小范围', 'Narrow by: Outcome')).selectOption('accepted')
  await expect(page).toHaveURL(/accepted/)
})

test('Nothing found is told with what there is earlier, and one click finds it', async ({ as, say, accessible }) => {
  const page = await as('officer-li')
  await page.goto('/messages?q=kind:loan.disbursement+from:2099-01-01')
  await expect(page.getByText(say('此范围内没有符合的消息', 'Nothing in this range'))).toBeVisible()
  await accessible(page)
  await page.getByRole('button', { name: say('更早', 'earlier') }).click()
  await expect.poll(() => page.getByRole('table').getByRole('row').count()).toBeGreaterThan(1)
})

test('A search that cannot be read is told as a problem with its request id', async ({ as, accessible }) => {
  const page = await as('officer-li')
  await page.goto('/messages?q=amount:abc')
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByRole('alert').locator('code').last()).not.toBeEmpty()
  await accessible(page)
})

test('A message is read stage by stage, and a field is marked in its bytes', async ({ as, say, accessible, picture }) => {
  test.slow() // axe looks at nine views of it, light and dark
  const page = await as('officer-li')
  await page.goto('/messages?q=kind:loan.disbursement+from:2000-01-01')
  await page.getByRole('table').getByRole('link').first().click()
  await expect(page).toHaveURL(/\/messages\/\d+/)
  await expect(page.getByRole('list', { name: say('经过', 'The way that it went') }).getByRole('listitem')).toHaveCount(6)
  await accessible(page)

  await page.getByRole('tab', { name: say('字段', 'Fields') }).click()
  const field = page.getByRole('button', { name: say('借据号', 'Loan number') }).first()
  await field.click()
  await expect(page).toHaveURL(/view=fields.*field=\d+/)
  await accessible(page)
  await page.getByRole('tab', { name: say('十六进制', 'Hexadecimal') }).click()
  await expect(page.getByRole('table', { name: say('每行 16 个', '16 in a row') })).toBeVisible()
  await accessible(page)
  await picture(page, 'message')
  const seen = page.url()
  await page.reload()
  await expect(page).toHaveURL(seen)
  await expect(page.getByRole('tab', { name: say('十六进制', 'Hexadecimal') })).toHaveAttribute('aria-selected', 'true')

  for (const stage of ['decoded', 'judged', 'committed', 'answered', 'delivered']) {
    await page.goto(`${seen.split('?')[0]}?stage=${stage}`)
    await expect(page.getByRole('button', { name: /./ }).and(page.locator('[aria-current=step]'))).toBeVisible()
    await accessible(page)
  }
})

test('Bytes with personal data are kept from those who may not see them, and the page says so', async ({ as, say }) => {
  const page = await as('operator-zhao')
  await page.goto('/messages?q=kind:loan.disbursement+from:2000-01-01')
  await page.getByRole('table').getByRole('link').first().click()
  await expect(page.getByText(say('仅经办人、审批人可见', 'only officers and approvers'))).toBeVisible()
})

test('A loan is one line from its filing over now to its deadlines, and leaves as evidence', async ({ as, say, accessible, picture }) => {
  const page = await as('officer-li')
  await page.goto('/messages?q=kind:compensation.application+from:2000-01-01')
  await page.locator('td a[href^="/loans/"]').first().click()
  const line = page.getByRole('list', { name: say('时间线', 'Time line') })
  await expect(line.getByText(say('现在', 'Now'), { exact: true })).toBeVisible()
  await expect.poll(() => line.getByRole('listitem').count()).toBeGreaterThan(3)
  await accessible(page)
  await picture(page, 'loan')
  const bundle = page.waitForEvent('download')
  await page.getByRole('button', { name: say('导出存证包', 'Evidence bundle') }).click()
  expect((await bundle).suggestedFilename()).toMatch(/\.zip$/)
})

test('On a phone messages are cards', async ({ as }) => {
  const page = await as('officer-li', { width: 390, height: 844 })
  for (const path of ['/messages?q=from:2000-01-01', '/messages/1', '/loans', '/decisions', '/fund', '/deadlines', '/trouble']) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390)
  }
})
