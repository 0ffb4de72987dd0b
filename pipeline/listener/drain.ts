import type { IncomingMessage } from 'node:http'

/** So much of a body that is not wanted is read and thrown away; a sender of more may find the connection closed. */
const MAX_DRAINED_BYTES = 67_108_864
const MAX_DRAIN_MS = 5_000

/**
 * Reads what is left of a refused request, within bounds: a client that writes all of its body before it reads would
 * see a broken pipe instead of the answer. Nothing of it is kept.
 */
export function drain(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    let left = MAX_DRAINED_BYTES
    const timer = setTimeout(end, MAX_DRAIN_MS)
    function end() {
      clearTimeout(timer)
      request.off('data', count)
      request.pause()
      resolve()
    }
    function count(chunk: Buffer) {
      left -= chunk.length
      if (left < 0) end()
    }
    request.on('data', count)
    request.once('end', end)
    request.once('close', end)
    request.resume()
  })
}
