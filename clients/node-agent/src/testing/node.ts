import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { temporaryFolder } from '../../../../tests/temporary-folder.ts'
import type { Received, TestReceiver } from '../../../delivery/testing/receiver.ts'
import { startAgent, type Timing } from '../agent.ts'

export const TELEMETRY = '/api/node/telemetry'
export const HEARTBEAT = '/api/node/heartbeat'
/** A second for an outage that takes minutes in life. */
export const QUICK: Timing = { requestTimeoutMs: 200, retryMinMs: 10, retryMaxMs: 50 }

export const jsonOf = ({ body }: Received) => JSON.parse(body.toString()) as Record<string, unknown> // what the agent sends
export const requestsOf = (receiver: TestReceiver, route: string) =>
  receiver.requests.filter(request => request.path === route)

/** Resolves to the requests to `route` once there are that many. */
export async function requestsTo(receiver: TestReceiver, route: string, count: number): Promise<Received[]> {
  for (let total = receiver.requests.length; requestsOf(receiver, route).length < count; ) {
    total += 1
    await receiver.received(total)
  }
  return requestsOf(receiver, route)
}

export function agentFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = temporaryFolder('node-agent')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), content)
  }
  return folder
}

/** An agent in this process, with the warnings that it gave. */
export function startHere(t: TestContext, url: string, folder: string, options: object = {}, timing = QUICK) {
  const warnings: string[] = []
  const told = new EventEmitter()
  /** Resolves once a warning matches. */
  const warned = async (expected: RegExp) => {
    while (!warnings.some(message => expected.test(message))) await once(told, 'warning')
  }
  const agent = startAgent(
    {
      url,
      key: 'snk_test',
      nodeId: 'kitchen',
      version: '0.3.1',
      folder,
      hooks: false,
      heartbeatIntervalMs: 60_000,
      onWarning: message => {
        warnings.push(message)
        told.emit('warning')
      },
      ...options,
    },
    timing,
  )
  t.after(() => agent.stop(0))
  return Object.assign(agent, { warnings, warned })
}

export interface NodeProcess {
  readonly script: string
  /** Undefined: the process runs without an agent. */
  readonly folder?: string | undefined
  readonly url?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A process that runs `script`, a module that finds `agent` as a global where it has one. */
export function runNode(node: NodeProcess) {
  const home = temporaryFolder('node-script')
  // For a process that becomes another user.
  chmodSync(home, 0o755)
  const file = path.join(home, 'node.mjs')
  writeFileSync(file, node.script)
  const preload = node.folder === undefined ? [] : ['--import', import.meta.resolve('./preload.ts')]
  const child = spawn(process.execPath, [...(node.flags ?? []), ...preload, file], {
    env: {
      PATH: process.env.PATH ?? '',
      SENSORIUM_NODE_URL: node.url ?? 'http://127.0.0.1:1',
      SENSORIUM_NODE_KEY: 'snk_test',
      NODE_AGENT_FOLDER: node.folder ?? '',
      ...node.env,
    },
  })
  return { child, ended: ending() }

  async function ending() {
    let stderr = ''
    let stdout = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    await once(child, 'close')
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr: stderr.replaceAll(file, 'node.mjs') }
  }
}
