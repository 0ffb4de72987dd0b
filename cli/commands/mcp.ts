import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { Command } from 'commander'
import type { Logger } from 'pino'
import { meaningOf } from '../../embeddings/meaning.ts'
import type { Call } from '../../mcp/audit.ts'
import { createFairTurns } from '../../mcp/in-turn.ts'
import { NOTES_PATH, SIGNATURE_HEADER, signatureOf } from '../../mcp/notes.ts'
import { createAgentServer } from '../../mcp/server.ts'
import type { Database } from '../../pipeline/component.ts'
import type { Plan } from '../../pipeline/config/plan.ts'
import { errorText } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { openStore } from '../../store/open.ts'
import { createSearcher, type Searcher } from '../../store/search/index.ts'
import { warmConnections } from '../../store/warm-connections.ts'
import { configOption } from '../config-option.ts'
import { readConfiguration } from '../configuration.ts'
import { found, mustHoldTables } from '../database.ts'
import { embeddingOf, withProvider } from '../embedding.ts'
import { endpoints } from '../endpoints.ts'
import { silentLogger } from '../logging.ts'
import { stopSignal } from '../stop-signal.ts'
import { VERSION } from '../version.ts'

export function mcpCommand(): Command {
  return new Command('mcp')
    .addOption(configOption())
    .addHelpText(
      'after',
      `
For clients that start their servers themselves, such as Claude Desktop: node /path/to/sensorium/bin/sensorium.mjs mcp

The same server answers at http://127.0.0.1:4320/mcp while \`sensorium start\` runs. docs/agents.md has the set-up.`,
    )
    .action(async ({ config }: { config: string }) => {
      const { plan, database } = await readConfiguration(config)
      const logger = silentLogger()
      const store = await openStore(found(database), logger, { attach: true })
      await withClient(store, 'owner', client => mustHoldTables(client, store.target)).catch(async (error: unknown) => {
        await store.close()
        throw error
      })
      const name = `${userInfo().username} (stdio)`
      const note = noteOver(store, endpoints(plan).applicationEndpoint.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:'))
      const serve = async (searcher: Searcher) => {
        const connections = warmConnections(store, 'reader', CALLS_AT_ONCE)
        const options = {
          database: store,
          connections,
          searcher,
          version: VERSION,
          defaultService: defaultServiceOf(plan),
          onCall: note.call,
          onFault: (error: unknown) => console.error(error),
          inTurn: createFairTurns(CALLS_AT_ONCE, WAITING_MAX),
        }
        const handle = serveStdio(() => createAgentServer(options, { name, services: undefined }))
        await Promise.race([stopSignal(), closed()])
        await handle.close()
        await note.settled()
        await connections.close()
      }
      try {
        const settings = embeddingOf(plan)
        const { signal } = new AbortController()
        if (settings === undefined) await serve(createSearcher(store))
        else
          await withProvider(settings, logger as Logger, provider =>
            serve(createSearcher(store, meaningOf(provider, signal))),
          )
      } finally {
        await store.close()
      }
    })
}

/** That of the receiver `mcp`, so that an agent gets the same answers both ways. */
function defaultServiceOf({ receivers }: Plan): string | undefined {
  const receiver = [...receivers.values()].find(({ definition }) => definition.type === 'mcp')
  return receiver?.config.default_service as string | undefined // its schema says so
}

/** The client has gone. */
function closed(): Promise<void> {
  return new Promise(resolve => {
    process.stdin.once('end', resolve)
    process.stdin.once('close', resolve)
  })
}

const NOTE_TIMEOUT_MS = 5_000
const CALLS_AT_ONCE = 4
const WAITING_MAX = 64

/** The audit log: this process reads only, so the Sensorium that runs takes the notes and stores them. */
function noteOver(database: Database, endpoint: string) {
  const open = new Set<Promise<void>>()
  let hasWarned = false
  const send = async (call: Call) => {
    const body = JSON.stringify({ ...call, id: randomUUID(), at: new Date().toISOString() })
    const response = await fetch(`http://${endpoint}${NOTES_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signatureOf(database, body) },
      body,
      signal: AbortSignal.timeout(NOTE_TIMEOUT_MS),
    })
    if (!response.ok) throw new Error(`${endpoint} answers ${response.status}`)
  }
  return {
    call(call: Call): void {
      const sent = send(call)
        .catch((error: unknown) => {
          if (!hasWarned)
            console.error(`calls are not in the audit log while sensorium start does not run: ${errorText(error)}`)
          hasWarned = true
        })
        .finally(() => open.delete(sent))
      open.add(sent)
    },
    settled: async () => {
      await Promise.all(open)
    },
  }
}
