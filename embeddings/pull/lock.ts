import { open, readFile, rm } from 'node:fs/promises'
import { failed } from './hub.ts'

/**
 * Runs `work` while `file` holds our process id, so that two pulls do not write into one folder. The lock of a process
 * that is no more is taken over.
 *
 * @throws EmbeddingError DOWNLOAD_FAILED when another process holds it
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await take(file)
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function take(file: string): Promise<void> {
  for (const isLast of [false, true]) {
    try {
      const handle = await open(file, 'wx')
      await handle.writeFile(String(process.pid))
      await handle.close()
      return
    } catch (error) {
      if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'EEXIST') throw error
      const holder = Number(await readFile(file, 'utf8').catch(() => ''))
      if (isLast || isRunning(holder)) {
        throw failed(`process ${holder} pulls into the same folder; wait for it, or end it and remove ${file}`, error)
      }
      await rm(file, { force: true })
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as someone else.
    return error instanceof Error && Reflect.get(error, 'code') === 'EPERM'
  }
}
