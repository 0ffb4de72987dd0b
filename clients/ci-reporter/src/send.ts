import { type Handover, handOver, type Server } from './attempt.ts'
import { openSpool, type Spool } from './spool.ts'

export interface Target extends Server {
  /** Folders for what could not be sent, for the next run; the first that can be written is taken. */
  readonly spool: readonly string[]
  /** All requests together: a build is never held up for longer. */
  readonly timeoutMs: number
}

export interface SendResult {
  readonly sent: number
  /** In the spool, for the next run. */
  readonly waiting: number
  readonly refused: number
  /** Lost: the oldest of a full spool, or all where no spool could be written. */
  readonly dropped: number
  readonly warnings: readonly string[]
}

/**
 * Sends what earlier runs left, then these bodies, in order. What cannot be sent waits in the spool; what the server
 * refuses is set aside there. Never rejects.
 */
export async function sendReports(bodies: readonly string[], target: Target): Promise<SendResult> {
  const endMs = Date.now() + target.timeoutMs
  const counts = { sent: 0, waiting: 0, refused: 0, dropped: 0 }
  const faults = new Map<string, number>()
  const say = (fault: string) => faults.set(fault, (faults.get(fault) ?? 0) + 1)
  let away: string | undefined
  let refusal: string | undefined

  const send = async (body: string): Promise<Handover> => {
    if (away !== undefined) return { waits: away }
    const result = await handOver(body, target, endMs)
    if (result === 'sent') counts.sent += 1
    else if ('refused' in result) {
      counts.refused += 1
      refusal ??= result.refused
    } else away = result.waits
    return result
  }

  const spool = openSpool(target.spool)
  const unkept = spool === undefined ? bodies : keepAll(spool, bodies, counts, say)
  if (spool !== undefined) {
    for (const name of namesOf(spool, say)) {
      const body = readFrom(spool, name, say)
      // Another process sends what waits, too.
      if (body === 'gone') continue
      const result = body === undefined ? undefined : await send(body.text)
      try {
        if (result === 'sent') spool.remove(name)
        else if (result !== undefined && 'refused' in result) counts.dropped += spool.setAside(name)
        else counts.waiting += 1
      } catch (error) {
        say(`cannot clear ${spool.folder} (${reasonOf(error)})`)
      }
    }
  }
  for (const body of unkept) {
    const result = await send(body)
    if (result !== 'sent' && 'waits' in result) counts.dropped += 1
  }
  return { ...counts, warnings: warningsOf(counts, { away, refusal, faults }, target, spool?.folder) }
}

/** Everything goes through the spool: a process that is killed while it sends has lost nothing. Returns the rest. */
function keepAll(
  spool: Spool,
  bodies: readonly string[],
  counts: { dropped: number },
  say: (fault: string) => void,
): string[] {
  const rest: string[] = []
  for (const body of bodies) {
    try {
      counts.dropped += spool.keep(body)
    } catch (error) {
      say(`cannot write to ${spool.folder} (${reasonOf(error)})`)
      rest.push(body)
    }
  }
  return rest
}

function namesOf(spool: Spool, say: (fault: string) => void): string[] {
  try {
    return spool.names()
  } catch (error) {
    say(`cannot list ${spool.folder} (${reasonOf(error)})`)
    return []
  }
}

function readFrom(spool: Spool, name: string, say: (fault: string) => void): { text: string } | 'gone' | undefined {
  try {
    return { text: spool.read(name) }
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return 'gone'
    say(`cannot read ${spool.folder} (${reasonOf(error)})`)
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string } // of node:fs
  return code ?? message ?? String(error)
}

interface Told {
  readonly away: string | undefined
  readonly refusal: string | undefined
  readonly faults: ReadonlyMap<string, number>
}

function warningsOf(
  counts: Omit<SendResult, 'warnings'>,
  { away, refusal, faults }: Told,
  { url }: Target,
  folder: string | undefined,
): string[] {
  const warnings = [...faults].map(([fault, count]) => (count > 1 ? `${fault}, ${count} times` : fault))
  if (away !== undefined) {
    const kept = `Waiting in ${folder} for the next run: ${many(counts.waiting)}`
    warnings.push(`Sensorium at ${shown(url)} ${away}. ${counts.waiting > 0 ? kept : 'No report was taken'}`)
  }
  if (refusal !== undefined) {
    const where = folder === undefined ? '' : `; kept in ${folder}/refused`
    warnings.push(`Sensorium at ${shown(url)} refuses ${many(counts.refused)}: ${refusal}${where}`)
  }
  if (counts.dropped > 0) {
    warnings.push(
      `${many(counts.dropped)} lost: ${folder === undefined ? 'no spool can be written' : `${folder} is full`}`,
    )
  }
  return warnings
}

function many(count: number): string {
  return count === 1 ? '1 report' : `${count} reports`
}

/** An address may hold a password; what is no address at all is shown as it is not. */
function shown(url: string): string {
  try {
    const { origin, pathname } = new URL(url)
    return `${origin}${pathname}`
  } catch {
    return 'an address that is none'
  }
}
