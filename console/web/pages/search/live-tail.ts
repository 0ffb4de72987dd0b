import type { RecordsAnswer } from '../../../api/search.ts'
import { type RecordRow, refOf } from './record-row.ts'

interface Tail {
  readonly q: string
  readonly params: Readonly<Record<string, string | undefined>>
  readonly onRows: (rows: readonly RecordRow[]) => void
  readonly onTrouble: (words: string | undefined) => void
}

const EVERY_MS = 1_500
/** Records come later than they are dated: so much that is past is asked for again. */
const LATE_MS = 20_000
const ROWS = 200
/** Keys of what was shown; older ones cannot come again. */
const KNOWN_MAX = 4_000

/** Asks for what is new until it is stopped, in memory that does not grow. Returns what stops it. */
export function followTail({ q, params, onRows, onTrouble }: Tail): () => void {
  const controller = new AbortController()
  const known = new Set<string>()
  let isFirst = true
  const ask = async () => {
    const from = new Date(Date.now() - LATE_MS).toISOString()
    const to = new Date(Date.now() + LATE_MS).toISOString()
    const asked = { q, env: params.env ?? '*', from, to, limit: String(ROWS) }
    const response = await fetch(`/console/api/records?${new URLSearchParams(asked)}`, { signal: controller.signal })
    const body = (await response.json()) as { data?: RecordsAnswer; error?: string } // as the server writes it
    if (body.data === undefined) return onTrouble(body.error)
    onTrouble(undefined)
    const fresh = body.data.rows.filter(row => !known.has(refOf(row)))
    for (const row of fresh) known.add(refOf(row))
    while (known.size > KNOWN_MAX) known.delete(known.keys().next().value!)
    if (fresh.length > 0) onRows(fresh)
    isFirst = false
  }
  const go = () => {
    const next = document.visibilityState === 'visible' ? ask() : Promise.resolve()
    void next
      .catch((error: unknown) => {
        if (!controller.signal.aborted)
          onTrouble(isFirst ? String(error) : 'The server does not answer; this goes on when it is back.')
      })
      .finally(() => {
        if (!controller.signal.aborted) setTimeout(go, EVERY_MS)
      })
  }
  go()
  return () => controller.abort()
}
