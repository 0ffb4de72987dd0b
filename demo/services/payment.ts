import { entityId } from '../ids.ts'
import type { Order } from '../shop/catalog.ts'
import { query, type Statement } from '../shop/database.ts'
import { ServiceError } from '../shop/failure.ts'
import { callOutside } from '../shop/outside.ts'
import type { GrpcEndpoint } from '../shop/protocol.ts'
import { compute, count, inside, log, retrying, spend, type Work } from '../shop/work.ts'
import { toSettlement } from './payment/exchange-rates.ts'

export interface Charge {
  readonly order: Order
  readonly amount: number
}
export interface Authorization {
  readonly paymentId: string
}

export const authorize: GrpcEndpoint<Charge, Authorization> = {
  protocol: 'grpc',
  service: 'payment',
  method: 'shop.payment.v1.Payments/Authorize',
  handle: authorizePayment,
}

const INSERT_PAYMENT: Statement = {
  operation: 'INSERT',
  table: 'payments',
  text: 'INSERT INTO payments (id, order_id, amount_eur, method, status) VALUES ($1, $2, $3, $4, $5)',
  medianMs: 3.5,
}

/** Issuers say no all day long: the shop's most frequent error, and never the shop's fault. */
const DECLINE_CHANCE = 0.07
const TIMEOUT_CHANCE = 0.012
const SLOW_TIMEOUT_CHANCE = 0.12
const FAILING_TIMEOUT_CHANCE = 0.5
const TIMEOUT_MS = 1_500
const GATEWAY = 'api.cardgate.example'

class CardDeclinedError extends ServiceError {}
class GatewayTimeoutError extends ServiceError {}

async function authorizePayment(work: Work, { order, amount }: Charge): Promise<Authorization> {
  const paymentId = entityId(work.request.random, 'pay')
  const { currency } = order.customer
  work.span.setAttributes({
    'payment.id': paymentId,
    'shop.payment.method': order.paymentMethod,
    'shop.currency': currency,
  })
  await inside(work, 'score fraud risk', {}, scoring => scoreRisk(scoring, order))
  const settled = await toSettlement(work, amount, currency)
  await retrying(work, 'charge at card gateway', 2, async () => charge(work, paymentId, settled))
  await query(work, INSERT_PAYMENT)
  log(
    work,
    'info',
    `payment ${paymentId} authorized: ${amount.toFixed(2)} ${currency}, ${settled.toFixed(2)} EUR settled`,
    {
      'payment.id': paymentId,
      'shop.amount_eur': settled,
    },
  )
  count(work, 'shop.payments.processed', '{payment}', {
    'shop.payment.method': order.paymentMethod,
    outcome: 'authorized',
  })
  return { paymentId }
}

function scoreRisk(work: Work, order: Order): void {
  compute(work, 6)
  const score = work.request.random.int(1, 60)
  work.span.setAttribute('shop.risk.score', score)
  log(work, 'debug', `risk score ${score} for ${order.items.length} items`, { 'shop.risk.score': score })
}

function charge(work: Work, paymentId: string, amountEur: number): void {
  const { random } = work.request
  const failing = work.shop.trouble('gateway_failing', work.request.now) === GATEWAY
  const slow = failing || work.shop.trouble('gateway_slow', work.request.now) === GATEWAY
  const timedOut = random.chance(failing ? FAILING_TIMEOUT_CHANCE : slow ? SLOW_TIMEOUT_CHANCE : TIMEOUT_CHANCE)
  const declined = !timedOut && random.chance(DECLINE_CHANCE)
  callOutside(work, {
    host: GATEWAY,
    verb: 'POST',
    path: '/v2/charges',
    template: '/v2/charges',
    durationMs: timedOut ? TIMEOUT_MS : random.lognormal(slow ? 420 : 95, 0.4),
    ...(timedOut ? {} : { status: declined ? 402 : 201 }),
  })
  if (timedOut) giveUp(paymentId)
  if (declined) refuse(work, paymentId, amountEur)
}

function giveUp(paymentId: string): never {
  throw new GatewayTimeoutError(504, 'error', `${GATEWAY} did not answer charge ${paymentId} within ${TIMEOUT_MS} ms`)
}

function refuse(work: Work, paymentId: string, amountEur: number): never {
  spend(work, 0.1)
  const reason = work.request.random.pick(['insufficient_funds', 'do_not_honor', 'expired_card'])
  count(work, 'shop.payments.processed', '{payment}', { outcome: reason })
  throw new CardDeclinedError(
    402,
    'error',
    `issuer declined charge ${paymentId} of ${amountEur.toFixed(2)} EUR: ${reason}`,
  )
}
