import { open, rm, stat } from 'node:fs/promises'
import { EmbeddingError, errorText } from '../errors.ts'
import { retryAfterMs } from '../http/retry.ts'
import { ask, failed, fileUrl, type Hub, type HubFile, refusal, STALL_TIMEOUT_MS } from './hub.ts'

export interface Transfer {
  readonly hub: Hub
  readonly model: string
  readonly revision: string
  readonly signal: AbortSignal
  /** Called with how many bytes of the file are there, also when they become fewer. */
  readonly onBytes: (bytes: number) => void
  /** Called with the commit that the hub says it serves. */
  readonly onCommit: (commit: string) => void
}

const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * One request for what `part` lacks of `file`. Resolves to what interrupted it, if something did.
 *
 * @throws EmbeddingError DOWNLOAD_FAILED for what no repetition mends; the reason of the signal
 */
export async function transferOnce(
  file: HubFile,
  part: string,
  transfer: Transfer,
): Promise<EmbeddingError | undefined> {
  const { hub, model, revision, signal } = transfer
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(new Error(`nothing came for ${STALL_TIMEOUT_MS} ms`)), STALL_TIMEOUT_MS)
  const from = (await sizeOf(part)) ?? 0
  try {
    const url = fileUrl(hub, model, revision, file.path)
    const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {}
    const response = await ask(hub, url, range, AbortSignal.any([signal, stall.signal]))
    if (RETRYABLE.has(response.status)) return await busy(response, file)
    // Another file than we began lies there, or the server is at odds with ranges: the next try asks for all of it.
    if (response.status === 416 || (response.status === 206 && startOf(response) !== from)) {
      await response.body?.cancel()
      await rm(part, { force: true })
      return new EmbeddingError('SERVICE_UNAVAILABLE', 'the hub cannot go on where we stopped')
    }
    if (!response.ok) throw await refusal(response, file.path)
    const commit = response.headers.get('x-repo-commit')
    if (commit !== null) transfer.onCommit(commit)
    await write(response, part, response.status === 206 ? from : 0, file, bytes => {
      timer.refresh()
      transfer.onBytes(bytes)
    })
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof EmbeddingError && error.code === 'DOWNLOAD_FAILED') throw error
    if (isDiskFault(error)) throw failed(`${part} cannot be written: ${errorText(error)}`, error)
    return new EmbeddingError('SERVICE_UNAVAILABLE', errorText(error), { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

async function write(
  response: Response,
  part: string,
  start: number,
  file: HubFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const handle = await open(part, start > 0 ? 'r+' : 'w')
  let at = start
  try {
    for await (const chunk of response.body ?? []) {
      if (at + chunk.length > file.size) {
        throw failed(
          `${file.path} is longer than the ${file.size} bytes that the hub lists; has it changed? Pull again`,
        )
      }
      await handle.write(chunk, 0, chunk.length, at)
      at += chunk.length
      onBytes(at)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function busy(response: Response, file: HubFile): Promise<EmbeddingError> {
  await response.body?.cancel()
  const after = retryAfterMs(response.headers.get('retry-after'), Date.now())
  const options = after === undefined ? {} : { retryAfterMs: after }
  return new EmbeddingError('SERVICE_UNAVAILABLE', `the hub answered ${response.status} for ${file.path}`, options)
}

/** The first byte of `Content-Range: bytes 100-199/200`. */
function startOf(response: Response): number | undefined {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  return start === undefined ? undefined : Number(start)
}

function isDiskFault(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS' || code === 'EDQUOT'
}

/** Undefined when there is no such file. */
export async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    found => found.size,
    () => undefined,
  )
}
