import type { RecordsAnswer } from '../../../api/search.ts'
import { CopyButton } from '../../parts/basics.tsx'
import { rangeParams } from '../../state/range.ts'

/** The question for a terminal, a database and an agent. */
export function CopyAs({
  q,
  answer,
  sql,
}: {
  readonly q: string
  readonly answer: RecordsAnswer
  readonly sql: readonly string[]
}) {
  const asked = Object.entries({ ...rangeParams(), q }).flatMap(([key, value]) =>
    value === undefined ? [] : [`--data-urlencode ${quoted(`${key}=${value}`)}`],
  )
  const curl = `curl -sG ${location.origin}/console/api/records ${asked.join(' ')}`
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: answer.tool })
  const mcp = `curl -s ${location.origin}/mcp -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' -d ${quoted(call)}`
  return (
    <div class="copy-as">
      {sql.length > 0 && <CopyButton text={sql.at(-1)!} label="Copy as SQL" />}
      <CopyButton text={curl} label="Copy as curl" />
      <CopyButton text={mcp} label="Copy as MCP call" />
    </div>
  )
}

/** For a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
