import { type Delivery, DeliveryError, type Destination, type Thread } from '../../pipeline/destination.ts'
import { deliverHttp } from '../../pipeline/http-client/deliver.ts'
import type { FindingChange, Notification } from '../../pipeline/model/index.ts'
import { callSlack, type SlackAnswer } from './api.ts'
import { type SlackMessage, slackMessage } from './blocks.ts'
import type { SlackSettings } from './config.ts'
import { isJudged, type Words } from './judging.ts'

/** What people have said of reports and incidents, by the ids of their findings; absent where there are no buttons. */
export type ReadWords = (abouts: readonly string[]) => Promise<Words>

/** Slack shows a message as often as it is sent. A bot can look whether it is there; a webhook cannot. */
export function slackDestination(settings: SlackSettings, readWords?: ReadWords): Destination {
  const changes: FindingChange[] = ['new', 'escalated', 'acknowledged', 'again']
  if (settings.send_resolved) changes.push('resolved')
  if (settings.webhook_url !== undefined) {
    return {
      wants: new Set(changes),
      recognisesRepeats: false,
      deliver: (notification, _thread, signal) => postToWebhook(settings, notification, signal),
    }
  }
  return {
    // An update changes the message and makes no noise.
    wants: new Set([...changes, 'update']),
    recognisesRepeats: false,
    deliver: (notification, thread, signal) => tellChannel(settings, readWords, notification, thread, signal),
    find: (notification, thread, signal) => findMessage(settings, notification, thread, signal),
  }
}

/** Nothing in it is looked up, and no page that it names is fetched and shown. */
const QUIET = { unfurl_links: false, unfurl_media: false, parse: 'none', link_names: false }

async function postToWebhook(
  settings: SlackSettings,
  notification: Notification,
  signal: AbortSignal,
): Promise<Delivery> {
  const { answer, pauseMs } = await deliverHttp({
    method: 'POST',
    url: settings.webhook_url!, // the configuration has it here
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({
      ...slackMessage(notification, settings.link_base_url),
      unfurl_links: false,
      unfurl_media: false,
    }),
    timeoutMs: settings.timeout_ms,
    signal,
    secrets: [new URL(settings.webhook_url!).pathname],
  })
  return { answer: `HTTP ${answer.status}`, pauseMs }
}

/** The message of a thread is gone, or too old to be changed. */
const CANNOT_UPDATE = /message_not_found|cant_update_message|edit_window_closed|thread_not_found/

/** The message of a group as it is now, with what was said of it. */
async function rootMessage(
  { link_base_url: baseUrl }: SlackSettings,
  readWords: ReadWords | undefined,
  notification: Notification,
): Promise<SlackMessage> {
  if (readWords === undefined) return slackMessage(notification, baseUrl)
  const asked = notification.findings.flatMap(({ finding }) => (isJudged(finding) ? [finding.id] : []))
  return slackMessage(notification, baseUrl, { words: asked.length === 0 ? new Map() : await readWords(asked) })
}

async function tellChannel(
  settings: SlackSettings,
  readWords: ReadWords | undefined,
  notification: Notification,
  thread: Thread | undefined,
  signal: AbortSignal,
): Promise<Delivery> {
  const { ts, channel } = thread ?? {}
  if (ts !== undefined && channel !== undefined) {
    try {
      return await followUp(settings, readWords, notification, { ts, channel }, signal)
    } catch (error) {
      if (!(error instanceof DeliveryError && CANNOT_UPDATE.test(error.message))) throw error
    }
  }
  const posted = await callSlack(
    settings,
    'chat.postMessage',
    {
      body: {
        channel: settings.channel,
        ...(await rootMessage(settings, readWords, notification)),
        ...QUIET,
        metadata: metadataOf(notification),
      },
    },
    signal,
  )
  return deliveryOf(posted, { ts: posted.ts ?? '', channel: posted.channel ?? settings.channel ?? '' })
}

/** The message of the thread says how it is now; what happened goes below it, for all to see if it is something new. */
async function followUp(
  settings: SlackSettings,
  readWords: ReadWords | undefined,
  notification: Notification,
  thread: { readonly ts: string; readonly channel: string },
  signal: AbortSignal,
): Promise<Delivery> {
  const { ts, channel } = thread
  const whole = await rootMessage(settings, readWords, notification)
  const updated = await callSlack(
    settings,
    'chat.update',
    { body: { channel, ts, ...whole, parse: 'none', link_names: false } },
    signal,
  )
  if (notification.change === 'update') return deliveryOf(updated, thread)
  const replied = await callSlack(
    settings,
    'chat.postMessage',
    {
      body: {
        channel,
        thread_ts: ts,
        reply_broadcast: notification.change === 'new' || notification.change === 'escalated',
        ...slackMessage(notification, settings.link_base_url, { onlyChanges: true }),
        ...QUIET,
        metadata: metadataOf(notification),
      },
    },
    signal,
  )
  return deliveryOf(replied, thread)
}

function metadataOf({ id }: Notification) {
  return { event_type: 'sensorium_notification', event_payload: { id } }
}

function deliveryOf({ ts, pauseMs }: SlackAnswer, thread: Thread): Delivery {
  return { answer: ts === undefined ? 'ok' : `message ${ts}`, thread, pauseMs }
}

/** Clocks differ. */
const BEFORE_MS = 60_000
const LOOKED_AT_MAX = '100'

async function findMessage(
  settings: SlackSettings,
  notification: Notification,
  thread: Thread | undefined,
  signal: AbortSignal,
): Promise<Delivery | 'absent' | undefined> {
  // Doing it again changes nothing.
  if (thread !== undefined && notification.change === 'update') return 'absent'
  const oldest = String((Date.parse(notification.at) - BEFORE_MS) / 1000)
  const common = { oldest, limit: LOOKED_AT_MAX, include_all_metadata: 'true' }
  let found: SlackAnswer
  try {
    found =
      thread?.ts === undefined
        ? await callSlack(
            settings,
            'conversations.history',
            { query: { channel: settings.channel ?? '', ...common } },
            signal,
          )
        : await callSlack(
            settings,
            'conversations.replies',
            { query: { channel: thread.channel ?? '', ts: thread.ts, ...common } },
            signal,
          )
  } catch {
    // Not allowed to look, or Slack is away: nobody knows.
    signal.throwIfAborted()
    return undefined
  }
  const message = found.messages?.find(({ metadata }) => metadata?.event_payload?.id === notification.id)
  if (message === undefined) return 'absent'
  const root = thread ?? { ts: message.ts ?? '', channel: settings.channel ?? '' }
  return { answer: `message ${message.ts}, found again`, thread: root }
}
