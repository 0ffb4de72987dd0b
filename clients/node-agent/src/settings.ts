import os from 'node:os'
import path from 'node:path'
import { environmentOf } from '../../delivery/on-exit.ts'

export interface NodeAgentOptions {
  /** Sensorium's application endpoint, `https://sensorium.example`. Default: SENSORIUM_NODE_URL, SENSORIUM_URL. */
  readonly url?: string
  /** What `sensorium nodes add` printed. Default: SENSORIUM_NODE_KEY. */
  readonly key?: string
  /** Default: SENSORIUM_NODE_ID; the key tells the node without it. */
  readonly nodeId?: string
  /** The version of the software that the node runs. */
  readonly version: string
  /** Crash log and spool, one folder for each node. Default: `.sensorium-node` in the home folder. */
  readonly folder?: string
  /** Milliseconds; default 30,000. */
  readonly heartbeatIntervalMs?: number
  /** Failed connections in a row after which the loss is reported, once. Default 5. */
  readonly failureThreshold?: number
  /** False: the application writes the crash log itself. Default true. */
  readonly hooks?: boolean
  /** Default: `console.warn`. Each kind at most once a minute; never holds the key. */
  readonly onWarning?: (message: string) => void
}

export interface Settings {
  /** Undefined: there is nobody to send to. */
  readonly server: { readonly url: URL; readonly key: string } | undefined
  /** Why there is not. */
  readonly fault: string
  readonly nodeId: string | undefined
  readonly version: string
  readonly folder: string
  readonly heartbeatIntervalMs: number
  readonly failureThreshold: number
}

const HEARTBEAT_INTERVAL_MS = 30_000
const FAILURE_THRESHOLD = 5

/** What options and environment come to. Faults are told and never thrown, and no fault repeats a key or an address. */
export function readSettings(options: NodeAgentOptions): Settings {
  const environment = environmentOf()
  const url = readUrl(options.url ?? (environment.SENSORIUM_NODE_URL || environment.SENSORIUM_URL?.trim()))
  const key = readKey(options.key ?? environment.SENSORIUM_NODE_KEY)
  const nodeId = options.nodeId ?? environment.SENSORIUM_NODE_ID
  return {
    server: typeof url === 'object' && typeof key === 'object' ? { ...url, ...key } : undefined,
    fault: [url, key].filter(part => typeof part === 'string').join('; '),
    nodeId: nodeId === '' ? undefined : nodeId,
    version: String(options.version ?? 'unknown'),
    folder: path.resolve(options.folder ?? path.join(homeFolder(), '.sensorium-node')),
    heartbeatIntervalMs: positive(options.heartbeatIntervalMs, HEARTBEAT_INTERVAL_MS),
    failureThreshold: positive(options.failureThreshold, FAILURE_THRESHOLD),
  }
}

function readUrl(text: string | undefined): { readonly url: URL } | string {
  if (text === undefined || text === '') return 'SENSORIUM_NODE_URL is not set'
  try {
    const url = new URL(text)
    if (url.username !== '' || url.password !== '') return 'SENSORIUM_NODE_URL holds a password; use the key instead'
    if (url.protocol === 'http:' || url.protocol === 'https:') return { url }
  } catch {
    // Said below.
  }
  return 'SENSORIUM_NODE_URL is no http or https address'
}

/** Trimmed, since keys come from files that end with a new line. */
function readKey(text: string | undefined): { readonly key: string } | string {
  const key = text?.trim() ?? ''
  if (key === '') return 'SENSORIUM_NODE_KEY is not set'
  return /^[\x21-\x7e]+$/.test(key) ? { key } : 'SENSORIUM_NODE_KEY holds characters that no key has'
}

/** A container's user may have none; Node then throws. */
function homeFolder(): string {
  try {
    return os.homedir()
  } catch {
    return os.tmpdir()
  }
}

function positive(value: number | undefined, otherwise: number): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : otherwise
}
