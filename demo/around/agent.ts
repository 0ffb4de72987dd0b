import { type Edge, EdgeRefusal, post } from './edge.ts'

const HEADERS = { accept: 'application/json, text/event-stream' }
/** A revision of the protocol that servers and clients have had for long. */
const PROTOCOL = '2025-06-18'

/** What somebody's agent asks when it hears of trouble. */
const QUESTIONS = [
  { name: 'error_fingerprint_summary', arguments: { env: 'production', minutes: 60, limit: 3 } },
  { name: 'what_changed', arguments: { env: 'production', minutes: 60 } },
  { name: 'node_status', arguments: {} },
]

/** Asks over MCP as a client does. Resolves to how many answers came. */
export async function askAsAgent(edge: Edge): Promise<number> {
  let id = 0
  const call = (method: string, params: object, headers: Readonly<Record<string, string>> = {}) =>
    post(edge, '/mcp', JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }), { ...HEADERS, ...headers })
  const clientInfo = { name: 'sensorium-demo', version: '1' }
  await call('initialize', { protocolVersion: PROTOCOL, capabilities: {}, clientInfo })
  for (const question of QUESTIONS) {
    const answer = await call('tools/call', question, { 'mcp-protocol-version': PROTOCOL })
    if (!answer.includes('"result"'))
      throw new EdgeRefusal(`${edge.url}/mcp answered ${question.name} with ${answer.slice(0, 300)}`)
  }
  return QUESTIONS.length
}
