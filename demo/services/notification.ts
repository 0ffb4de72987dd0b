import { entityId } from '../ids.ts'
import type { Customer, Order } from '../shop/catalog.ts'
import { query, type Statement } from '../shop/database.ts'
import { ServiceError } from '../shop/failure.ts'
import { callOutside } from '../shop/outside.ts'
import type { HttpEndpoint } from '../shop/protocol.ts'
import type { Consumer } from '../shop/queue.ts'
import { compute, count, inside, log, type Work } from '../shop/work.ts'
import { consentTitle } from './notification/consents.ts'

export interface Consents {
  readonly channel: string
  readonly title: string
}

/** How the customer wants to hear of the order, and the text that they agreed to: law, so checkout insists on it. */
export const consents: HttpEndpoint<Customer, Consents> = {
  protocol: 'http',
  service: 'notification',
  verb: 'GET',
  route: '/users/{user_id}/consents',
  path: ({ userId }) => `/users/${userId}/consents`,
  handle: readConsents,
}

export const confirmOrders: Consumer<Order> = { service: 'notification', handle: confirmOrder }

const SELECT_CONSENTS: Statement = {
  operation: 'SELECT',
  table: 'consents',
  text: 'SELECT channel, text_id FROM consents WHERE user_id = $1',
  medianMs: 2,
}
const INSERT_MESSAGE: Statement = {
  operation: 'INSERT',
  table: 'messages',
  text: 'INSERT INTO messages (id, order_id, template, locale, state) VALUES ($1, $2, $3, $4, $5)',
  medianMs: 2.8,
}

const REFUSED_CHANCE = 0.015

class MailRefusedError extends ServiceError {}

async function readConsents(work: Work, { locale }: Customer): Promise<Consents> {
  work.span.setAttribute('shop.locale', locale)
  await query(work, SELECT_CONSENTS)
  const title = await consentTitle(work, locale)
  const channel = work.request.random.weighted([['mail', 80] as const, ['push', 20] as const])
  log(work, 'debug', `consents read, channel ${channel}, text in ${locale}`, {
    'shop.channel': channel,
    'shop.locale': locale,
  })
  return { channel, title }
}

async function confirmOrder(work: Work, { customer }: Order): Promise<void> {
  const messageId = entityId(work.request.random, 'msg')
  const { locale } = customer
  await inside(work, 'render order_confirmation', { 'shop.locale': locale }, rendering => compute(rendering, 9))
  send(work, messageId)
  await query(work, INSERT_MESSAGE)
  log(work, 'info', `order confirmation ${messageId} sent in ${locale}`, {
    'shop.message.id': messageId,
    'shop.locale': locale,
  })
  count(work, 'shop.messages.sent', '{message}', { 'shop.template': 'order_confirmation', 'shop.locale': locale })
}

function send(work: Work, messageId: string): void {
  const { random } = work.request
  const refused = random.chance(REFUSED_CHANCE)
  const status = refused ? 503 : 202
  callOutside(work, {
    host: 'api.letterbox.example',
    verb: 'POST',
    path: '/v3/messages',
    template: '/v3/messages',
    durationMs: random.lognormal(130, 0.45),
    status,
  })
  if (refused) throw new MailRefusedError(503, 'error', `mail provider refused message ${messageId} with ${status}`)
}
