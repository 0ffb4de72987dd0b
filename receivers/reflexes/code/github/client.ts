import { errorText } from '../../../../pipeline/errors.ts'
import { askHttp, type HttpAnswer, NoAnswerError } from '../../../../pipeline/http-client/index.ts'
import { limitPauseMs, retryAfterMs } from '../../../../pipeline/http-client/rate-limit.ts'
import type { KnownAnswers } from '../../../../store/code/known-answers.ts'
import { CodeError, CodePause, CodeTooLarge } from '../source.ts'

export interface GitHubSettings {
  readonly token: string
  readonly api_url: string
}

export interface GitHubClient {
  /** Where the API is, without the token. */
  readonly origin: string
  /** @throws CodeError, CodePause */
  text(path: string, accept: string): Promise<string>
  /** The rows of all pages, at least `most` where there are as many; what never changes is not kept. @throws CodeError, CodePause */
  pages(
    path: string,
    rowsOf: (page: unknown) => readonly unknown[],
    most: number,
    mayChange: boolean,
  ): Promise<unknown[]>
}

/** Until when nothing is asked, in milliseconds: outlives a client. */
export interface Pause {
  until: number
}

const JSON_TYPE = 'application/vnd.github+json'
/** https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const API_VERSION = '2022-11-28'
const PAGES_MAX = 50
/** Without a word of how long, as GitHub advises for its secondary limits. */
const PAUSE_MS = 60_000

/**
 * GitHub's REST API, read only. What was answered before is asked for by its ETag, which costs nothing of the limit
 * where it is still so; a limit that is used up is waited for, by all repositories of the token.
 */
export function gitHubClient(
  { token, api_url: apiUrl }: GitHubSettings,
  limits: { readonly timeout_ms: number; readonly max_diff_bytes: number },
  known: KnownAnswers,
  pause: Pause,
  signal: AbortSignal,
  clock: () => number = Date.now,
): GitHubClient {
  const base = apiUrl.replace(/\/+$/, '')

  async function ask(url: string, accept: string, mayChange = true): Promise<HttpAnswer> {
    if (clock() < pause.until) throw paused()
    const before = mayChange ? await known.get(url, accept) : undefined
    const answer = await request(url, accept, before?.etag)
    const restMs = limitPauseMs(answer.headers, clock())
    if (restMs > 0) pause.until = clock() + restMs
    if (answer.status === 304 && before !== undefined) {
      return { ...answer, status: 200, text: before.body, headers: { ...answer.headers, link: before.link } }
    }
    if (answer.isCut)
      throw new CodeTooLarge(`has more than ${limits.max_diff_bytes.toLocaleString('en')} bytes (max_diff_bytes)`)
    if (answer.status === 200) {
      const { etag, link } = answer.headers
      if (mayChange && etag !== undefined)
        await known.keep(url, accept, { etag, body: answer.text, link: textOf(link) })
      return answer
    }
    throw refusalOf(answer)
  }

  async function request(url: string, accept: string, etag: string | undefined): Promise<HttpAnswer> {
    try {
      return await askHttp({
        method: 'GET',
        url,
        headers: {
          accept,
          'user-agent': 'sensorium',
          'x-github-api-version': API_VERSION,
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(etag === undefined ? {} : { 'if-none-match': etag }),
        },
        timeoutMs: limits.timeout_ms,
        answerBytesMax: limits.max_diff_bytes,
        signal,
      })
    } catch (error) {
      if (!(error instanceof NoAnswerError) || signal.aborted) throw error
      throw new CodeError(errorText(error), { cause: error })
    }
  }

  function refusalOf({ status, headers }: HttpAnswer): CodeError {
    const isLimit =
      status === 429 || (status === 403 && (headers['x-ratelimit-remaining'] === '0' || 'retry-after' in headers))
    if (isLimit) {
      pause.until = clock() + (retryAfterMs(headers, clock()) || PAUSE_MS)
      return paused()
    }
    if (status === 401) return new CodeError('it does not know the token (receivers.code.github.token)')
    if (status === 403)
      return new CodeError('the token may not read it; it needs the contents of the repository, read only')
    if (status === 404 || status === 422)
      return new CodeError('there is no such commit, or no such repository that the token may read')
    if (status === 301 || status === 302 || status === 307) return new CodeError('it has moved; write its new name')
    return new CodeError(`it answers ${status}`)
  }

  function paused(): CodePause {
    const until = new Date(pause.until)
    return new CodePause(`its limit of requests is used up until ${until.toISOString()}`, until)
  }

  return {
    origin: base,
    text: async (path, accept) => (await ask(`${base}${path}`, accept)).text,
    async pages(path, rowsOf, most, mayChange) {
      const rows: unknown[] = []
      let next: string | undefined = `${base}${path}`
      for (let page = 0; next !== undefined && rows.length < most; page++) {
        if (page >= PAGES_MAX) throw new CodeError(`it has more than ${PAGES_MAX} pages of ${path}`)
        const answer = await ask(next, JSON_TYPE, mayChange)
        rows.push(...rowsOf(jsonOf(answer.text)))
        next = nextPage(textOf(answer.headers.link), base)
      }
      return rows
    },
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CodeError('it answers what is no JSON', { cause: error })
  }
}

/** `Link: <https://…?page=2>; rel="next"` (RFC 8288). The token goes where the configuration says, and nowhere else. */
function nextPage(link: string | undefined, base: string): string | undefined {
  const found = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1]
  if (found === undefined) return undefined
  if (!URL.canParse(found) || new URL(found).origin !== new URL(base).origin) {
    throw new CodeError('its next page is at another address')
  }
  return found
}
