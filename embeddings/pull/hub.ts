import { z } from 'zod'
import { EmbeddingError, errorText } from '../errors.ts'

/** Where models come from: any server with this layout, a mirror inside a company most of all. */
export interface Hub {
  /** Base URL without a slash at its end. */
  readonly url: string
  readonly token: string | undefined
}

/** One file of a model at a hub. */
export interface HubFile {
  /** Relative, with slashes, checked to stay inside the folder. */
  readonly path: string
  readonly size: number
  /** `sha256:…` of the content where the hub keeps it as a large file, else `git:…`, its blob id. */
  readonly checksum: string
}

/** @throws EmbeddingError SETTINGS_INVALID when `url` is no HTTP URL */
export function hubAt(url: string, token: string | undefined): Hub {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new EmbeddingError(
      'SETTINGS_INVALID',
      `the hub "${url}" is no URL; write one such as https://models.example.com`,
    )
  }
  return { url: url.replace(/\/+$/, ''), token }
}

/** Longest wait for the head of an answer, and for the next bytes of a body. */
export const STALL_TIMEOUT_MS = 30_000
/** A listing is pages of a thousand files; no model has so many. */
const MAX_PAGES = 20

const listing = z.array(
  z.looseObject({
    type: z.string(),
    path: z.string(),
    size: z.int().min(0),
    oid: z.string(),
    lfs: z.looseObject({ oid: z.string(), size: z.int().min(0) }).optional(),
  }),
)

/** The files of `model` at `revision`. @throws EmbeddingError DOWNLOAD_FAILED */
export async function listFiles(hub: Hub, model: string, revision: string, signal: AbortSignal): Promise<HubFile[]> {
  // It becomes a part of URLs, and often of a path.
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(model)) {
    throw failed(`"${model}" is no model name; write organisation/model, such as BAAI/bge-large-en-v1.5`)
  }
  const files: HubFile[] = []
  let next: string | undefined = `${hub.url}/api/models/${model}/tree/${encodeURIComponent(revision)}?recursive=true`
  for (let page = 0; next !== undefined && page < MAX_PAGES; page++) {
    const response = await ask(hub, next, {}, AbortSignal.any([signal, AbortSignal.timeout(STALL_TIMEOUT_MS)]))
    if (!response.ok) throw await refusal(response, `the files of ${model} at revision ${revision}`)
    files.push(...filesIn(await response.json().catch(() => undefined), next))
    next = nextPage(response.headers.get('link'), next)
  }
  return files
}

function filesIn(json: unknown, url: string): HubFile[] {
  const parsed = listing.safeParse(json)
  if (!parsed.success) {
    throw failed(`${url} did not answer with a list of files: is this the base URL of a model hub?`)
  }
  return parsed.data
    .filter(entry => entry.type === 'file')
    .map(({ path, size, oid, lfs }) => ({
      path: safePath(path, url),
      size: lfs?.size ?? size,
      checksum: lfs === undefined ? `git:${oid}` : `sha256:${lfs.oid}`,
    }))
}

/** The listing decides where we write: it must not lead out of the folder. */
function safePath(path: string, url: string): string {
  const parts = path.split('/')
  if (!/[\\:\x00-\x1f]/.test(path) && parts.every(part => part !== '' && part !== '.' && part !== '..')) return path
  throw failed(`${url} lists the file ${JSON.stringify(path)}, which would not lie in the model's folder`)
}

/** `<url>; rel="next"` (RFC 8288), never to another host. */
function nextPage(link: string | null, from: string): string | undefined {
  const target = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(link ?? '')?.[1]
  if (target === undefined) return undefined
  const next = new URL(target, from)
  return next.origin === new URL(from).origin ? next.href : undefined
}

/** Where the content of a file lies. */
export function fileUrl(hub: Hub, model: string, revision: string, path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return `${hub.url}/${model}/resolve/${encodeURIComponent(revision)}/${encoded}`
}

/** One GET. @throws EmbeddingError SERVICE_UNAVAILABLE when nobody answers; the reason of `signal` */
export async function ask(
  hub: Hub,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      // Compression on the way would make the bytes differ from those that the size and range speak of.
      headers: {
        'accept-encoding': 'identity',
        ...(hub.token !== undefined && { authorization: `Bearer ${hub.token}` }),
        ...headers,
      },
      signal,
    })
  } catch (error) {
    signal.throwIfAborted()
    throw new EmbeddingError('SERVICE_UNAVAILABLE', `${url}: ${errorText(error)}`, { cause: error })
  }
}

/** The error for an answer that is not the file: tells what to change. */
export async function refusal(response: Response, what: string): Promise<EmbeddingError> {
  await response.body?.cancel()
  const advice: Readonly<Record<number, string>> = {
    401: 'the hub wants a token (SENSORIUM_HUB_TOKEN), or the name is wrong',
    403: 'the token (SENSORIUM_HUB_TOKEN) may not read it; some models want their terms accepted first',
    404: 'there is no such model or revision; look at its spelling',
  }
  const why = advice[response.status] ?? 'try again later'
  return failed(`the hub answered ${response.status} for ${what} (${response.url}): ${why}`)
}

export function failed(message: string, cause?: unknown): EmbeddingError {
  return new EmbeddingError('DOWNLOAD_FAILED', message, { cause })
}
