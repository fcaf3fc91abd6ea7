// Acts that move money or messages are done once, however often they are sent: under an Idempotency-Key.
import { newKey, post, Problem } from './api'

/** Whether the gateway has answered: what was lost may have been done, and is sent again under the same key. */
function answered(fault: unknown): boolean {
  return fault instanceof Problem && fault.status >= 400 && fault.status < 500 && fault.code !== 'idempotency_key_under_way'
}

/** The acts of one form, each under a key of its own. The same act sent again, because no answer came, keeps its key; another body, or an act
 * that was answered, is another act. */
export class Acts {
  private sent = ''
  private key = ''

  async post<T>(path: string, body?: unknown): Promise<T> {
    const said = JSON.stringify([path, body])
    if (said !== this.sent) this.key = newKey()
    this.sent = said
    try {
      const answer = await post<T>(path, body, this.key)
      this.sent = ''
      return answer
    } catch (fault) {
      if (answered(fault)) this.sent = ''
      throw fault
    }
  }
}
