import { open, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { EmbeddingError, errorText } from '../errors.ts'
import { retryAfterMs } from '../http/retry.ts'
import { checksumOf } from './checksum.ts'
import { ask, failed, fileUrl, type Hub, type HubFile, refusal, STALL_TIMEOUT_MS } from './hub.ts'

export interface DownloadOptions {
  readonly hub: Hub
  readonly model: string
  readonly revision: string
  readonly signal: AbortSignal
  /** Called with how many bytes of the file are there, also when it falls. */
  readonly onBytes: (bytes: number) => void
  /** Told why a part of the work is done again. */
  readonly onRetry: (message: string) => void
  /** Wait before the first repetition; doubles from then on. */
  readonly retryIntervalMs: number
}

/** Breaks in a row without one new byte, after which we give up. */
const MAX_BREAKS = 5
/** A file that came wrong is fetched once more from its start: a second wrong one is not the network's doing. */
const MAX_WRONG = 2
const MAX_RETRY_INTERVAL_MS = 30_000
const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * Brings `file` to `target`, going on where an earlier call was interrupted (its bytes lie in `target.part`), and only
 * with the right checksum. Resolves to the commit that the hub says it served.
 *
 * @throws EmbeddingError DOWNLOAD_FAILED; the reason of `signal`. What was fetched stays for the next call.
 */
export async function downloadFile(file: HubFile, target: string, options: DownloadOptions): Promise<string | undefined> {
  const part = `${target}.part`
  if ((await sizeOf(target)) === file.size && (await checksumOf(target, file.size, file.checksum)) === file.checksum) {
    options.onBytes(file.size)
    return undefined
  }
  for (let attempt = 1; ; attempt++) {
    const commit = await fetchWhole(file, part, options)
    const checksum = await checksumOf(part, file.size, file.checksum)
    if (checksum === file.checksum) {
      await rename(part, target)
      return commit
    }
    await rm(part, { force: true })
    const what = `${file.path} came with the checksum ${checksum}, the hub lists ${file.checksum}`
    if (attempt >= MAX_WRONG) throw failed(`${what}, twice; something between the hub and us changes files`)
    options.onRetry(`${what}; fetching it again`)
    options.onBytes(0)
  }
}

/** Until `part` has all bytes. */
async function fetchWhole(file: HubFile, part: string, options: DownloadOptions): Promise<string | undefined> {
  let commit: string | undefined
  let breaks = 0
  for (;;) {
    const before = (await sizeOf(part)) ?? 0
    if (before > file.size) await rm(part)
    else if (before === file.size && (file.size > 0 || breaks > 0)) return commit
    const problem = await fetchOnce(file, part, options, found => {
      commit = found
    })
    const after = (await sizeOf(part)) ?? 0
    if (problem === undefined && after === file.size) return commit
    breaks = after > before ? 0 : breaks + 1
    const why = problem?.message ?? `only ${after} of ${file.size} bytes came`
    if (breaks >= MAX_BREAKS) throw failed(`${file.path}: gave up after ${MAX_BREAKS} tries: ${why}`, problem)
    options.onRetry(`${file.path}: ${why}; going on at byte ${after}`)
    const intervalMs = Math.min(options.retryIntervalMs * 2 ** breaks, MAX_RETRY_INTERVAL_MS)
    await wait(Math.max(intervalMs, problem?.retryAfterMs ?? 0), undefined, { signal: options.signal }).catch(() => {
      throw options.signal.reason
    })
  }
}

/** One request. Resolves to what interrupted it, if something did; throws what no repetition mends. */
async function fetchOnce(
  file: HubFile,
  part: string,
  options: DownloadOptions,
  onCommit: (commit: string) => void,
): Promise<EmbeddingError | undefined> {
  const { hub, model, revision, signal } = options
  const stall = new AbortController()
  const whole = AbortSignal.any([signal, stall.signal])
  const timer = setTimeout(() => stall.abort(new Error(`nothing came for ${STALL_TIMEOUT_MS} ms`)), STALL_TIMEOUT_MS)
  const from = (await sizeOf(part)) ?? 0
  try {
    const range = from > 0 ? { range: `bytes=${from}-` } : undefined
    const response = await ask(hub, fileUrl(hub, model, revision, file.path), { ...range }, whole)
    if (RETRYABLE.has(response.status)) return await retryLater(response, file)
    if (!response.ok && response.status !== 416) throw await refusal(response, file.path)
    const commit = response.headers.get('x-repo-commit')
    if (commit !== null) onCommit(commit)
    // A server that knows no ranges sends the whole; one that finds the range senseless has another file than we began.
    const start = response.status === 206 && startOf(response) === from ? from : 0
    if (response.status === 416 || (response.status === 206 && start !== from)) {
      await response.body?.cancel()
      await rm(part, { force: true })
      return new EmbeddingError('SERVICE_UNAVAILABLE', 'the hub cannot go on where we stopped')
    }
    await writeBody(response, part, start, file, options, timer)
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

async function writeBody(
  response: Response,
  part: string,
  start: number,
  file: HubFile,
  { onBytes }: DownloadOptions,
  timer: NodeJS.Timeout,
): Promise<void> {
  const handle = await open(part, start > 0 ? 'r+' : 'w')
  let at = start
  try {
    for await (const chunk of response.body ?? []) {
      timer.refresh()
      at += chunk.length
      if (at > file.size) throw failed(`${file.path}: the hub sends more than the ${file.size} bytes that it lists`)
      await handle.write(chunk, 0, chunk.length, at - chunk.length)
      onBytes(at)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function retryLater(response: Response, file: HubFile): Promise<EmbeddingError> {
  await response.body?.cancel()
  const after = retryAfterMs(response.headers.get('retry-after'), Date.now())
  const options = after === undefined ? {} : { retryAfterMs: Math.min(after, MAX_RETRY_INTERVAL_MS) }
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

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    found => found.size,
    () => undefined,
  )
}
