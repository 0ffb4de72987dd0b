import { DeliveryError, type DeliveryFault } from '../destination.ts'
import { askHttp, type HttpAnswer, type HttpRequest, NoAnswerError } from './index.ts'
import { limitPauseMs, retryAfterMs } from './rate-limit.ts'

/** Nothing was taken, and the same may be taken later. */
const UNSENT = new Set([408, 425, 429, 500, 503])
/** A gateway that heard nothing from behind it: whether the message went through is not known. */
const LOST = new Set([502, 504])
/** The address or who we are is wrong; what is sent may be right. */
const MISCONFIGURED = new Set([401, 402, 403, 404, 405, 407, 410])
const ANSWER_CHARS_MAX = 300

export interface Delivered {
  readonly answer: HttpAnswer
  /** The limit of the other side is used up with this request. */
  readonly pauseMs?: number
}

export interface DeliveryRequest extends HttpRequest {
  /** Who we are to the other side: not to be read in an error, even if the answer holds it. */
  readonly secrets: readonly string[]
}

/**
 * A request that tells a destination something.
 * @throws DeliveryError for all but a 2xx
 */
export async function deliverHttp(request: DeliveryRequest): Promise<Delivered> {
  const answer = await askDestination(request)
  if (answer.status < 200 || answer.status > 299) throw faultOf(request, answer)
  const pauseMs = limitPauseMs(answer.headers, Date.now())
  return pauseMs > 0 ? { answer, pauseMs } : { answer }
}

async function askDestination(request: DeliveryRequest): Promise<HttpAnswer> {
  try {
    return await askHttp(request)
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error
    // Cut off by the end of the process: the next one asks itself whether it arrived.
    request.signal.throwIfAborted()
    throw new DeliveryError(error.mayHaveArrived ? 'lost' : 'unsent', error.message, 0, { cause: error })
  }
}

function faultOf({ url, secrets }: DeliveryRequest, { status, headers, text }: HttpAnswer): DeliveryError {
  const hidden = secrets.filter(one => one !== '').reduce((said, one) => said.replaceAll(one, '***'), text)
  const said = hidden.trim().slice(0, ANSWER_CHARS_MAX)
  const message = `${new URL(url).origin} answers ${status}${said === '' ? '' : `: ${said}`}`
  return new DeliveryError(faultOfStatus(status), message, retryAfterMs(headers, Date.now()))
}

function faultOfStatus(status: number): DeliveryFault {
  if (UNSENT.has(status)) return 'unsent'
  if (LOST.has(status)) return 'lost'
  return MISCONFIGURED.has(status) || status < 400 ? 'misconfigured' : 'refused'
}
