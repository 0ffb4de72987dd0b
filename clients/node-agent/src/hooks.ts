import { appendCrash } from './crash-log.ts'
import { describeError } from './describe-error.ts'

/** Agents per folder: two in one process write each crash once. */
const installed = new Map<string, { users: number; readonly remove: () => void }>()

/**
 * Writes what ends the process into the crash log, and changes nothing about how it ends: the monitor sees uncaught
 * exceptions and, as Node treats them by default, unhandled rejections, without handling either. A listener for
 * `unhandledRejection` would keep the process alive; so there is none. The returned function removes the hooks.
 */
export function installCrashHooks(folder: string): () => void {
  const hooks = installed.get(folder) ?? { users: 0, remove: listen(folder) }
  installed.set(folder, hooks)
  hooks.users += 1
  let isRemoved = false
  return () => {
    if (isRemoved) return
    isRemoved = true
    hooks.users -= 1
    if (hooks.users > 0) return
    installed.delete(folder)
    hooks.remove()
  }
}

function listen(folder: string): () => void {
  const onCrash = (error: unknown, origin: string) => {
    const lead = origin === 'unhandledRejection' ? 'UNHANDLED REJECTION' : 'UNCAUGHT'
    appendCrash(folder, `${lead}: ${describeError(error)}`)
  }
  const onExit = (code: number) => {
    if (code !== 0) appendCrash(folder, `EXIT code=${code}`)
  }
  process.on('uncaughtExceptionMonitor', onCrash)
  process.on('exit', onExit)
  return () => {
    process.off('uncaughtExceptionMonitor', onCrash)
    process.off('exit', onExit)
  }
}
