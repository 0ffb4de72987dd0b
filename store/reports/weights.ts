import { EVEN, type Weights } from '../../analysis/causes/index.ts'
import type { Read } from '../reading.ts'

export interface StoredWeights extends Weights {
  readonly version: number
}

/** The weights in use: those of the last feedback that moved them. */
export async function readWeights(read: Read): Promise<StoredWeights> {
  const [row] = await read('SELECT * FROM evidence_weights ORDER BY version DESC LIMIT 1', [])
  if (row === undefined) return { version: 0, ...EVEN }
  return {
    version: Number(row.version),
    behaviour: Number(row.behaviour),
    slowness: Number(row.slowness),
    saturation: Number(row.saturation),
    problem: Number(row.problem),
  }
}
