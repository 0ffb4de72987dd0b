import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** What a test changes in an answer; returns true when it has answered itself. */
export type Mischief = (request: IncomingMessage, response: ServerResponse, file: string, nth: number) => boolean

export interface TestHub {
  readonly url: string
  /** `GET path range` of each request. */
  readonly requests: readonly string[]
  /** Files by path; a test may change them. */
  readonly files: Record<string, Uint8Array>
  /** Called for each file that is asked for; `nth` counts the requests for that file from 1. */
  mischief: Mischief
  /** Whether ranges are understood; on by default. */
  hasRanges: boolean
  /** Where set, who does not send it is told 401. */
  token: string | undefined
  commit: string
  /** Entries that the listing holds beside the files. */
  readonly extraEntries: object[]
}

/** Large files are kept as such, and listed with the SHA-256 of their content. */
const LARGE_BYTES = 2_000
/** Entries of one page of the listing: few, so that there are several. */
const PAGE = 4

/** A hub of our own on loopback, with the layout that `sensorium model pull` knows. */
export async function startHub(t: TestContext, model: string, files: Record<string, Uint8Array>): Promise<TestHub> {
  const requests: string[] = []
  const asked = new Map<string, number>()
  const hub: TestHub = {
    url: '',
    requests,
    files,
    mischief: () => false,
    hasRanges: true,
    token: undefined,
    commit: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
    extraEntries: [],
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://hub')
    requests.push(`GET ${pathname}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`)
    if (hub.token !== undefined && request.headers.authorization !== `Bearer ${hub.token}`) {
      response.writeHead(401).end('who are you?')
    } else if (pathname === `/api/models/${model}/tree/main` && searchParams.get('recursive') === 'true') {
      list(hub, response, Number(searchParams.get('page') ?? 0), model)
    } else if (pathname.startsWith(`/${model}/resolve/main/`)) {
      const file = decodeURIComponent(pathname.slice(`/${model}/resolve/main/`.length))
      asked.set(file, (asked.get(file) ?? 0) + 1)
      if (!hub.mischief(request, response, file, asked.get(file)!)) send(hub, request, response, file)
    } else response.writeHead(404).end('not here')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  return Object.assign(hub, { url: `http://127.0.0.1:${port}` })
}

function list(hub: TestHub, response: ServerResponse, page: number, model: string): void {
  const entries: object[] = [
    { type: 'directory', path: 'onnx', oid: '0'.repeat(40), size: 0 },
    ...Object.entries(hub.files).map(([path, content]) => entryOf(path, content)),
    ...hub.extraEntries,
  ]
  if ((page + 1) * PAGE < entries.length) {
    const next = `${hub.url}/api/models/${model}/tree/main?recursive=true&page=${page + 1}`
    response.setHeader('link', `<${next}>; rel="next"`)
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(entries.slice(page * PAGE, (page + 1) * PAGE)))
}

function entryOf(path: string, content: Uint8Array): object {
  const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
  if (content.length < LARGE_BYTES) return { type: 'file', path, oid, size: content.length }
  const sha256 = createHash('sha256').update(content).digest('hex')
  // What git holds of a large file is a pointer of about 130 bytes; its id is of no use to us.
  return {
    type: 'file',
    path,
    oid: '1'.repeat(40),
    size: 131,
    lfs: { oid: sha256, size: content.length, pointerSize: 131 },
  }
}

/** Answers as a good hub does. */
export function send(hub: TestHub, request: IncomingMessage, response: ServerResponse, file: string): void {
  const content = hub.files[file]
  if (content === undefined) {
    response.writeHead(404).end()
    return
  }
  response.setHeader('x-repo-commit', hub.commit)
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (!hub.hasRanges || from === 0) response.end(content)
  else if (from >= content.length) response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
  else {
    response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` })
    response.end(content.subarray(from))
  }
}

/**
 * Sends the head and `bytes` of a file, and returns what breaks the connection off: a client that has not read yet
 * loses what it was sent, so a test waits until it has.
 */
export function sendPart(
  hub: TestHub,
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
  bytes: number,
): () => void {
  const content = hub.files[file]!
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from, ...(from > 0 && range) })
  response.write(content.subarray(from, from + bytes))
  return () => response.destroy()
}
