import path from 'node:path'
import { EdgeRefusal, type TillIdentity } from '../demo/index.ts'
import { withClient } from '../store/connect.ts'
import { readKnownIssues, writeKnownIssue } from '../store/known-issues/issues.ts'
import { addNode, listNodes, revokeNode } from '../store/nodes.ts'
import { ROOT } from './config-option.ts'
import { readIssues } from './known-issues-file.ts'
import { withMigrated } from './with-store.ts'

/**
 * Gives each till a key, a new one where an earlier demo left it, in the database of the server that runs; where no issue
 * is known yet, those that ship are, so that their crashes are recognised.
 *
 * @throws EdgeRefusal where the database from here is another one
 */
export async function registerAnew(
  tills: readonly TillIdentity[],
  config: string,
  database: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>()
  try {
    await withMigrated(config, async store => {
      if (database !== undefined && store.target !== database) {
        throw new EdgeRefusal(
          `the server has the database ${database}, this folder ${store.target}: set DATABASE_URL or SENSORIUM_DATA_DIR as it has`,
        )
      }
      await withClient(store, 'owner', async client => {
        const known = (await listNodes(client)).map(({ node_id }) => node_id)
        for (const { id, name, user, environment, heartbeatIntervalS } of tills) {
          if (known.includes(id)) await revokeNode(client, id)
          keys.set(id, await addNode(client, { nodeId: id, name, userId: user, environment, heartbeatIntervalS }))
        }
        if ((await readKnownIssues(client)).length > 0) return
        const issues = await readIssues(path.join(ROOT, 'config/known-issues.yaml'))
        for (const issue of issues) await writeKnownIssue(client, issue)
      })
    })
  } catch (cause) {
    if (cause instanceof EdgeRefusal) throw cause
    throw new EdgeRefusal(
      `they cannot be registered from here (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    )
  }
  return keys
}
