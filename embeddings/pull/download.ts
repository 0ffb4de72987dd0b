import { rename, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { checksumOf } from './checksum.ts'
import { failed, type HubFile } from './hub.ts'
import { sizeOf, type Transfer, transferOnce } from './transfer.ts'

export interface Download extends Transfer {
  /** Told, in a sentence, why a part of the work is done again. */
  readonly onRetry: (message: string) => void
  /** Wait before the first repetition; doubles from then on. */
  readonly retryIntervalMs: number
}

/** Interruptions in a row without one new byte, after which we give up. */
const MAX_INTERRUPTIONS = 5
/** A file that came wrong is fetched once more from its start: a second wrong one is not the network's doing. */
const MAX_WRONG = 2
/** A hub that asks for a longer wait is asked again all the same, five times. */
const MAX_WAIT_MS = 30_000

/**
 * Brings `file` to `target` with the right checksum, going on where an earlier call was interrupted: its bytes lie in
 * `target.part`, and stay there when this call fails.
 *
 * @throws EmbeddingError DOWNLOAD_FAILED; the reason of the signal
 */
export async function downloadFile(file: HubFile, target: string, download: Download): Promise<void> {
  const isThere = (await sizeOf(target)) === file.size && (await checksumOf(target, file)) === file.checksum
  if (isThere) return download.onBytes(file.size)
  const part = `${target}.part`
  for (let attempt = 1; ; attempt++) {
    await fetchAll(file, part, download)
    const checksum = await checksumOf(part, file)
    if (checksum === file.checksum) return rename(part, target)
    await rm(part)
    const what = `${file.path} came with the checksum ${checksum}, the hub lists ${file.checksum}`
    if (attempt >= MAX_WRONG) throw failed(`${what}, twice: something between the hub and us changes files`)
    download.onRetry(`${what}; fetching it again`)
    download.onBytes(0)
  }
}

/** Until `part` has all bytes. */
async function fetchAll(file: HubFile, part: string, download: Download): Promise<void> {
  for (let interruptions = 0; ; ) {
    const before = await sizeOf(part)
    if (before === file.size) return
    if (before !== undefined && before > file.size) await rm(part)
    const problem = await transferOnce(file, part, download)
    const after = await sizeOf(part)
    if (after === file.size) return
    interruptions = (after ?? 0) > (before ?? 0) ? 0 : interruptions + 1
    const why = problem?.message ?? `only ${after} of ${file.size} bytes came`
    if (interruptions >= MAX_INTERRUPTIONS) {
      throw failed(`${file.path}: gave up after ${MAX_INTERRUPTIONS} tries: ${why}; pull again to go on`, problem)
    }
    download.onRetry(`${file.path}: ${why}; going on at byte ${after ?? 0}`)
    const waitMs = Math.max(download.retryIntervalMs * 2 ** interruptions, problem?.retryAfterMs ?? 0)
    await wait(Math.min(waitMs, MAX_WAIT_MS), undefined, { signal: download.signal }).catch(() => {
      throw download.signal.reason
    })
  }
}
