import type { Question } from '../state/answers.ts'
import { me } from '../state/person.ts'
import { type ToolCall, toolCallOf } from '../state/tool-calls.ts'
import { CopyButton } from './basics.tsx'

interface CopyAsProps {
  readonly question: Question
  readonly sql: readonly string[]
  /** Where the answer itself says how an agent asks. */
  readonly tool?: ToolCall
}

/** What was asked, for a database, a terminal and an agent. */
export function CopyAs({ question, sql, tool = toolCallOf(question, sql) }: CopyAsProps) {
  return (
    <span class="copy-as">
      {sql.length > 0 && <CopyButton text={textOf(sql)} label="Copy as SQL" />}
      <CopyButton text={curlOf(question)} label="Copy as curl" />
      {tool !== undefined && <CopyButton text={mcpOf(tool)} label="Copy as MCP call" />}
    </span>
  )
}

interface CheckProps {
  readonly sql: readonly string[]
  readonly tookMs?: number | undefined
  readonly question?: Question
  /** What it is behind. */
  readonly what?: string
}

/** The statements behind what is shown: run them and see the same. */
export function Check({ sql, tookMs, question, what = 'this page' }: CheckProps) {
  const text = textOf(sql)
  return (
    <details class="sql">
      <summary>
        Check it: {sql.length === 1 ? 'the statement' : `${sql.length} statements`} behind {what}
        {tookMs !== undefined && <span class="unit"> · answered in {tookMs} ms</span>}
      </summary>
      {question === undefined ? (
        <CopyButton text={text} label="Copy as SQL" />
      ) : (
        <CopyAs question={question} sql={sql} />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </details>
  )
}

function textOf(sql: readonly string[]): string {
  return sql.map(one => `${one.replace(/;$/, '')};`).join('\n\n')
}

/** Who signs in shows who they are in a terminal, too: what stands for it is a variable, not the secret. */
function curlOf({ name, params }: Question): string {
  const asked = Object.entries(params).map(([key, value]) => ` --data-urlencode ${quoted(`${key}=${value}`)}`)
  const session = me.value?.isSignedIn ? ' -b "sensorium_session=$SENSORIUM_SESSION"' : ''
  return `curl -sG ${location.origin}/console/api/${name}${session}${asked.join('')}`
}

function mcpOf(tool: ToolCall): string {
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: tool })
  const token = me.value?.isSignedIn ? ' -H "authorization: Bearer $SENSORIUM_TOKEN"' : ''
  return `curl -s ${location.origin}/mcp${token} -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' -d ${quoted(call)}`
}

/** For a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
