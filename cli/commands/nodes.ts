import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { addNode, listNodes, type NodeSummary, revokeNode } from '../../store/nodes.ts'
import { countOf } from '../arguments.ts'
import { asOwner } from '../as-owner.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'

interface Common {
  readonly config: string
  readonly json?: true
}

export function nodesCommand(): Command {
  return new Command('nodes')
    .addHelpText(
      'after',
      `
A key is shown once, when the node is added; the database keeps its SHA-256 only. A revoked key stops working within
registry_refresh_ms of the receiver (2 s).

  sensorium nodes add "Kitchen laptop" --user nana
  sensorium nodes list
  sensorium nodes revoke kitchen-laptop`,
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
}

function command(name: string, description: string): Command {
  return new Command(name).description(description).addOption(configOption()).option('--json', 'print JSON')
}

const MAX_INTERVAL_S = 86_400

function addCommand(): Command {
  return command('add', 'register a node and print its key')
    .argument('<name>', 'what people call it')
    .option('--id <id>', 'its id; default: made from the name')
    .option('--user <id>', 'whose it is')
    .option('--env <name>', 'its environment', 'prod')
    .option('--heartbeat <seconds>', 'how often it sends a heartbeat', countOf(MAX_INTERVAL_S), 30)
    .action(async (name: string, options: Common & { id?: string; user?: string; env: string; heartbeat: number }) => {
      if (name.trim() === '') throw new SensoriumError('USAGE', 'give the node a name')
      const nodeId = options.id ?? idOf(name)
      if (!/^[\w.:-]{1,200}$/.test(nodeId)) {
        throw new SensoriumError('USAGE', 'an id is letters, digits, dots, colons, dashes and underscores')
      }
      const key = await asOwner(options.config, client =>
        addNode(client, {
          nodeId,
          name,
          userId: options.user,
          environment: options.env,
          heartbeatIntervalS: options.heartbeat,
        }),
      )
      if (options.json) return printJson({ node_id: nodeId, key })
      console.log(`node ${nodeId}\nkey  ${key}\n\nThe key is not shown again. On the node:\n
  SENSORIUM_NODE_ID=${nodeId}
  SENSORIUM_NODE_KEY=${key}`)
    })
}

/** Readable, and of its own where the name has nothing to make an id of. */
function idOf(name: string): string {
  const id = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  return id === '' ? randomUUID() : id
}

function listCommand(): Command {
  return command('list', 'nodes, when they were last heard of, and what is unresolved').action(
    async (options: Common) => {
      const nodes = await asReader(options.config, listNodes)
      if (options.json) return printJson(nodes)
      const columns = ['node_id', 'name', 'user_id', 'environment', 'state', 'last_seen', 'node_version', 'unresolved']
      printTable(columns, nodes.map(shown))
    },
  )
}

function shown(node: NodeSummary) {
  return {
    ...node,
    state: node.revoked_at === null ? 'active' : 'revoked',
    last_seen: node.last_seen?.toISOString().slice(0, 19) ?? null,
  }
}

function revokeCommand(): Command {
  return command('revoke', 'the node’s key stops working; what it reported stays')
    .argument('<id>', 'of the node')
    .action(async (id: string, options: Common) => {
      await asOwner(options.config, client => revokeNode(client, id))
      if (options.json) printJson({ node_id: id, revoked: true })
      else console.log(`revoked the key of ${id}`)
    })
}
