// The pages of those who watch the flow: each through its main task, in both languages.
import { expect, test } from './console'

test('Flow shows every partner as map and as table, and a span chosen there stays in the address', async ({ as, say, accessible, picture }) => {
  const page = await as('operator-zhao')
  await page.goto('/')
  await expect(page).toHaveURL(/\/flow$/)
  await expect(page.getByRole('status').first()).not.toHaveText(say('连接中', 'Connecting'))
  const map = page.getByRole('img', { name: say('流量图', 'Map of the flow') })
  await expect(map).toBeVisible()
  await expect.poll(() => map.locator('.line').count()).toBeGreaterThan(20)
  const sent = (kind: string) =>
    page.evaluate((end) => {
      const files = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
      return files.filter((file) => file.name.endsWith(end)).reduce((all, file) => all + file.encodedBodySize, 0)
    }, kind)
  expect(await sent('.js'), 'bytes of script for the first page').toBeLessThan(180 * 1024)
  expect(await sent('.css'), 'bytes of style').toBeLessThan(30 * 1024)
  await accessible(page)
  await picture(page, 'flow')

  const chart = page.getByRole('img', { name: say('最近 24 小时', 'last 24 hours') })
  await chart.scrollIntoViewIfNeeded()
  await expect(chart.locator('canvas')).toBeVisible()
  await page.getByText(say('表', 'Table'), { exact: true }).first().click()
  await expect(page).toHaveURL(/view=table/)
  await expect.poll(() => page.getByRole('table').first().getByRole('row').count()).toBeGreaterThan(21)
  await accessible(page)

  await chart.scrollIntoViewIfNeeded()
  const box = (await chart.boundingBox())!
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.5, { steps: 5 })
  await page.mouse.up()
  await expect(page).toHaveURL(/from=.*to=/)
  const chosen = page.url()
  await page.reload()
  await expect(page).toHaveURL(chosen)
  await expect(page.getByLabel(say('从', 'From'))).toHaveValue(/^20\d\d-\d\d-\d\d \d\d:\d\d$/)
  await page.getByRole('link', { name: say('合作方', 'Partners') }).click()
  await expect(page).toHaveURL(/\/partners\?.*from=/)
})

test('A partner is tested, paused with a reason, and resumed; who may not is told who may', async ({ as, say, accessible, picture }) => {
  const page = await as('operator-zhao')
  await page.goto('/partners')
  await expect.poll(() => page.getByRole('table').getByRole('row').count()).toBeGreaterThan(21)
  await accessible(page)
  await picture(page, 'partners')
  await page.getByRole('searchbox').fill('bank04')
  await expect(page).toHaveURL(/find=bank04/)
  await page.getByRole('table').getByRole('link').first().click()
  await expect(page).toHaveURL(/\/partners\/bank04/)

  await page.getByRole('button', { name: say('连接测试', 'Test the connection') }).click()
  await expect(page.getByText(say('连接正常', 'It can be reached'))).toBeVisible()

  await page.getByRole('button', { name: say('停用推送', 'Pause pushes'), exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(say('理由', 'Reason')).fill(say('机房演练', 'drill at the bank'))
  await accessible(page)
  await dialog.getByRole('button', { name: /bank04/ }).click()
  await expect(page.getByText(say('已停用', 'Paused')).first()).toBeVisible()
  await accessible(page)
  await page.getByRole('button', { name: say('恢复推送', 'Resume pushes'), exact: true }).click()
  await page.getByRole('dialog').getByLabel(say('理由', 'Reason')).fill(say('演练结束', 'the drill is over'))
  await page.getByRole('dialog').getByRole('button', { name: /bank04/ }).click()
  await expect(page.getByRole('button', { name: say('停用推送', 'Pause pushes'), exact: true })).toBeVisible()

  const officer = await as('officer-li')
  await officer.goto('/partners/bank04')
  const pause = officer.getByRole('button', { name: say('停用推送', 'Pause pushes'), exact: true })
  await expect(pause).toHaveAttribute('aria-disabled', 'true')
  await expect(pause).toHaveAccessibleDescription(say('您没有此权限；可由运维员办理', 'You may not do this; operator may'))
  await pause.click({ force: true }) // it can be pressed, as far as the browser knows
  await expect(officer.getByRole('dialog')).toHaveCount(0)
})

test('System tells what runs here and makes a backup', async ({ as, say, accessible, picture }) => {
  const page = await as('operator-zhao')
  await page.goto('/system')
  await expect(page.getByRole('heading', { name: say('检查项', 'Checks') })).toBeVisible()
  await page.getByRole('button', { name: say('立即备份', 'Back up now') }).click()
  await accessible(page)
  await page.getByRole('dialog').getByRole('button', { name: say('立即备份', 'Back up now') }).click()
  await expect(page.getByRole('cell', { name: say('完成', 'done') }).first()).toBeVisible({ timeout: 30_000 })
  await accessible(page)
  await picture(page, 'system')
  const bundle = page.waitForEvent('download')
  await page.getByRole('button', { name: say('下载诊断包', 'Download diagnostics') }).click()
  expect((await bundle).suggestedFilename()).toMatch(/\.zip$/)
})

test('Alerts are listed, open ones or all', async ({ as, say, accessible }) => {
  const page = await as('operator-zhao')
  await page.goto('/alerts')
  await expect(page.getByRole('heading', { name: say('告警', 'Alerts') })).toBeVisible()
  await page.getByText(say('全部', 'All'), { exact: true }).click()
  await expect(page).toHaveURL(/state=all/)
  await accessible(page)
})
