import { appendCrash, describeError } from './crash-log.ts'

/**
 * Writes what ends the process into the crash log, and changes nothing about how it ends: the monitor sees uncaught
 * exceptions and, as Node treats them by default, unhandled rejections, without handling either.
 */
export function installCrashHooks(folder: string): () => void {
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
