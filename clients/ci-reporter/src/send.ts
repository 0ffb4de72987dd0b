import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { post } from '../../delivery/post.ts'

export interface Target {
  readonly url: string
  readonly token: string | undefined
  /** Reports that could not be sent, for the next run. */
  readonly spool: string
  /** All requests together: a build is never held up for longer. */
  readonly timeoutMs: number
}

export interface SendResult {
  readonly sent: number
  readonly spooled: number
  readonly refused: number
  readonly warnings: readonly string[]
}

const MAX_SPOOLED = 100
const MAX_REFUSED = 20
const REQUEST_TIMEOUT_MS = 15_000

/**
 * Sends what earlier runs left, then these bodies, in order. What cannot be sent goes into the spool; what the server
 * refuses is set aside there. Never throws.
 */
export async function sendReports(bodies: readonly string[], target: Target): Promise<SendResult> {
  const result = { sent: 0, spooled: 0, refused: 0, warnings: [] as string[] }
  const endMs = Date.now() + target.timeoutMs
  let isAway = false
  try {
    // Everything goes through the spool: a process that is killed while it sends has lost nothing.
    for (const body of bodies) keep(target.spool, body, result.warnings)
  } catch (error) {
    result.warnings.push(`${target.spool} cannot be written (${String(error)}): what cannot be sent now is lost`)
    for (const body of bodies) await sendOne(body, undefined)
    return result
  }
  for (const name of spooled(target.spool)) {
    const file = path.join(target.spool, name)
    let body: string
    try {
      body = readFileSync(file, 'utf8')
    } catch {
      continue
    }
    await sendOne(body, file)
  }
  return result

  async function sendOne(body: string, file: string | undefined): Promise<void> {
    const outcome = isAway ? { retry: '' } : await attempt(body)
    if (outcome === 'sent') {
      result.sent += 1
      if (file !== undefined) rmSync(file, { force: true })
    } else if ('refused' in outcome) {
      result.refused += 1
      result.warnings.push(`Sensorium refuses a report: ${outcome.refused}`)
      if (file !== undefined) setAside(target.spool, file)
    } else {
      result.spooled += file === undefined ? 0 : 1
      if (!isAway) result.warnings.push(`no report was taken by ${target.url}: ${outcome.retry}`)
      isAway = true
    }
  }

  async function attempt(body: string) {
    const limitMs = Math.min(REQUEST_TIMEOUT_MS, endMs - Date.now())
    if (limitMs <= 0) return { retry: `the time for reporting (${target.timeoutMs} ms) is over` }
    try {
      const headers: Record<string, string> = { 'content-type': 'application/json' }
      if (target.token !== undefined) headers.authorization = `Bearer ${target.token}`
      const outcome = await post(target.url, { headers, body }, AbortSignal.timeout(limitMs))
      // A token can be mended: the report is not given up for it.
      if (typeof outcome === 'object' && 'refused' in outcome && /^40[13]\b/.test(outcome.refused)) {
        return { retry: outcome.refused }
      }
      return outcome
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } } // of fetch
      return { retry: cause?.code ?? (error instanceof Error ? error.message : String(error)) }
    }
  }
}

function spooled(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .sort()
  } catch {
    return []
  }
}

let counter = 0

function keep(folder: string, body: string, warnings: string[]): void {
  mkdirSync(folder, { recursive: true })
  const old = spooled(folder)
  const surplus = old.slice(0, Math.max(0, old.length + 1 - MAX_SPOOLED))
  for (const name of surplus) rmSync(path.join(folder, name), { force: true })
  if (surplus.length > 0)
    warnings.push(`the spool ${folder} is full: its ${surplus.length} oldest reports were dropped`)
  counter += 1
  const name = `${String(Date.now()).padStart(15, '0')}-${process.pid}-${String(counter).padStart(6, '0')}.json`
  writeFileSync(path.join(folder, `${name}.tmp`), body)
  renameSync(path.join(folder, `${name}.tmp`), path.join(folder, name))
}

function setAside(folder: string, file: string): void {
  const refused = path.join(folder, 'refused')
  mkdirSync(refused, { recursive: true })
  renameSync(file, path.join(refused, path.basename(file)))
  for (const name of spooled(refused).slice(0, -MAX_REFUSED)) rmSync(path.join(refused, name), { force: true })
}
