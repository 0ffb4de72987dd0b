import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Outcome } from '../../delivery/delivery.ts'

/** Telemetry that waits in files until it is acknowledged: it survives restarts and days offline. */
export interface Spool {
  /** Rejects only where the disk does not take it. */
  add(body: string): Promise<void>
  /** Sends what waits, the oldest first. Stops at the first that is to be tried later, and resolves to why. */
  drain(send: (body: string) => Promise<Outcome>): Promise<string | undefined>
  /** Reports given up because of the limits, since the start. */
  readonly dropped: number
  readonly refused: number
  pending(): Promise<number>
}

export interface SpoolLimits {
  readonly maxFiles: number
  readonly maxBytes: number
}

/** Refused reports that are kept to look into. */
const MAX_REFUSED = 20

export function createSpool(folder: string, limits: SpoolLimits, onWarning: (message: string) => void): Spool {
  const refusedFolder = path.join(folder, 'refused')
  let adding: Promise<void> = Promise.resolve()
  let counter = 0
  let dropped = 0
  let refused = 0

  const files = async (where = folder): Promise<string[]> => {
    const names = await readdir(where).catch(() => [])
    return names.filter(name => name.endsWith('.json')).sort()
  }

  async function makeRoom(bytes: number): Promise<void> {
    const waiting = await Promise.all(
      (await files()).map(async name => {
        const found = await stat(path.join(folder, name)).catch(() => undefined)
        return { name, bytes: found?.size ?? 0 }
      }),
    )
    let total = waiting.reduce((sum, file) => sum + file.bytes, bytes)
    let count = waiting.length + 1
    for (const file of waiting) {
      if (count <= limits.maxFiles && total <= limits.maxBytes) return
      await rm(path.join(folder, file.name), { force: true })
      total -= file.bytes
      count -= 1
      dropped += 1
      onWarning(`the spool is full: the oldest reports were dropped, ${dropped} so far`)
    }
  }

  async function write(body: string): Promise<void> {
    await mkdir(folder, { recursive: true })
    await makeRoom(Buffer.byteLength(body))
    counter += 1
    const name = `${String(Date.now()).padStart(15, '0')}-${String(counter).padStart(6, '0')}-${process.pid}.json`
    const temporary = path.join(folder, `${name}.tmp`)
    await writeFile(temporary, body)
    await rename(temporary, path.join(folder, name))
  }

  async function setAside(name: string, why: string): Promise<void> {
    refused += 1
    onWarning(`the server refuses a report (${why}); it is in ${refusedFolder}`)
    await mkdir(refusedFolder, { recursive: true })
    await rename(path.join(folder, name), path.join(refusedFolder, name))
    const old = (await files(refusedFolder)).slice(0, -MAX_REFUSED)
    for (const file of old) await rm(path.join(refusedFolder, file), { force: true })
  }

  return {
    add(body) {
      // One after the other: their order is that of the calls, and each sees the room that the last one left.
      const added = adding.then(() => write(body))
      adding = added.catch(() => {})
      return added
    },
    async drain(send) {
      for (const name of await files()) {
        const body = await readFile(path.join(folder, name), 'utf8').catch(() => undefined)
        if (body === undefined) continue
        const outcome = await send(body)
        if (outcome === 'sent') await rm(path.join(folder, name), { force: true })
        else if ('retry' in outcome) return outcome.retry
        else await setAside(name, outcome.refused)
      }
      return undefined
    },
    get dropped() {
      return dropped
    },
    get refused() {
      return refused
    },
    pending: async () => (await files()).length,
  }
}
