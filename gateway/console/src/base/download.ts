import { call, type Query } from './api'

/** Saves an answer as a file. A problem is thrown, not saved: a link would put it into the file. */
export async function download(path: string, name: string, query: Query = {}) {
  const answer = await call('GET', path, { query })
  const said = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1]
  const address = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = said ?? name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
