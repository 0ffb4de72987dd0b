import type pg from 'pg'
import type { Finding } from '../../pipeline/model/index.ts'

/** Keeps of which sources a finding is and whether it fires; of one finding the later record stands. */
export async function writeSources(
  client: pg.ClientBase,
  sources: readonly { readonly source: string; readonly finding: Finding }[],
): Promise<void> {
  const latest = new Map<string, object>()
  for (const { source, finding } of sources) {
    const row = {
      source,
      finding_id: finding.id,
      revision: finding.revision,
      at: finding.at,
      firing: finding.state === 'firing',
    }
    latest.set(`${source}\n${finding.id}`, row)
  }
  await client.query(
    `INSERT INTO inhibit_sources AS s (source, finding_id, revision, at, firing)
     SELECT * FROM jsonb_to_recordset($1) AS n (source text, finding_id text, revision integer, at timestamptz, firing boolean)
     ON CONFLICT (source, finding_id) DO UPDATE SET revision = excluded.revision, at = excluded.at, firing = excluded.firing
     WHERE excluded.revision > s.revision OR (excluded.revision = 0 AND excluded.at > s.at)`,
    [JSON.stringify([...latest.values()])],
  )
}
