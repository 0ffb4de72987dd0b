import type { TestContext } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Answer } from '../answer.ts'
import { STRUCTURED } from '../server.ts'

/** A real client, over HTTP unless another transport is given. */
export async function connectClient(t: TestContext, url: string, headers: Record<string, string> = {}) {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
  t.after(() => client.close())
  return client
}

export interface Called {
  readonly text: string
  readonly isError: boolean
  readonly answer: Answer
}

export async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Called> {
  const result = await client.callTool({ name, arguments: args, _meta: { [STRUCTURED]: true } })
  const [part] = result.content as { type: 'text'; text: string }[] // what our tools answer
  return {
    text: part?.text ?? '',
    isError: result.isError === true,
    answer: result.structuredContent as unknown as Answer, // as its schema says
  }
}
