import { entityId } from '../ids.ts'
import type { Carrier, Order } from '../shop/catalog.ts'
import { query, type Statement } from '../shop/database.ts'
import { ServiceError } from '../shop/failure.ts'
import { callOutside } from '../shop/outside.ts'
import type { HttpEndpoint } from '../shop/protocol.ts'
import type { Consumer } from '../shop/queue.ts'
import { compute, count, log, type Work } from '../shop/work.ts'
import { askCarrier, carrierHost, type Quote } from './shipping/carriers.ts'
import { spool } from './shipping/spool.ts'

export const quote: HttpEndpoint<Order, Quote> = {
  protocol: 'http',
  service: 'shipping',
  verb: 'POST',
  route: '/quotes',
  path: () => '/quotes',
  handle: quoteShipment,
}

export const shipmentStatus: HttpEndpoint<string, { readonly state: string }> = {
  protocol: 'http',
  service: 'shipping',
  verb: 'GET',
  route: '/shipments/{order_id}',
  path: orderId => `/shipments/${orderId}`,
  handle: readShipment,
}

export const shipOrders: Consumer<Order> = { service: 'shipping', handle: shipOrder }

const SELECT_TARIFF: Statement = {
  operation: 'SELECT',
  table: 'tariffs',
  text: 'SELECT price FROM tariffs WHERE carrier = $1 AND country = $2 AND weight_class = $3',
  medianMs: 2.4,
}
const INSERT_SHIPMENT: Statement = {
  operation: 'INSERT',
  table: 'shipments',
  text: 'INSERT INTO shipments (id, order_id, carrier, label) VALUES ($1, $2, $3, $4)',
  medianMs: 3.4,
}
const SELECT_SHIPMENT: Statement = {
  operation: 'SELECT',
  table: 'shipments',
  text: 'SELECT id, state, carrier FROM shipments WHERE order_id = $1',
  medianMs: 1.9,
}

const LABEL_TIMEOUT_CHANCE = 0.015
const LABEL_TIMEOUT_MS = 1_200

class CarrierTimeoutError extends ServiceError {}

async function quoteShipment(work: Work, order: Order): Promise<Quote> {
  work.span.setAttributes({ 'shop.carrier': order.carrier, 'shop.country': order.customer.country })
  if (work.instance.release.changes.has('carrier_gateway')) return askCarrier(work, order)
  await query(work, SELECT_TARIFF)
  compute(work, 3)
  const price = Math.round(work.request.random.between(3, 14) * 100) / 100
  spool(work, order)
  log(work, 'info', `quoted ${price.toFixed(2)} with ${order.carrier} to ${order.customer.country}`, {
    'shop.carrier': order.carrier,
  })
  return { carrier: order.carrier, price }
}

async function readShipment(work: Work, orderId: string): Promise<{ readonly state: string }> {
  await query(work, SELECT_SHIPMENT)
  const state = work.request.random.pick(['packed', 'in_transit', 'delivered'])
  log(work, 'debug', `shipment of order ${orderId} is ${state}`, { 'shop.shipment.state': state })
  return { state }
}

async function shipOrder(work: Work, order: Order): Promise<void> {
  const shipmentId = entityId(work.request.random, 'shp')
  work.span.setAttributes({ 'shipment.id': shipmentId, 'shop.carrier': order.carrier })
  bookLabel(work, shipmentId, order.carrier)
  await query(work, INSERT_SHIPMENT)
  log(work, 'info', `shipment ${shipmentId} booked with ${order.carrier}`, { 'shipment.id': shipmentId })
  count(work, 'shop.shipments.booked', '{shipment}', { 'shop.carrier': order.carrier })
}

function bookLabel(work: Work, shipmentId: string, carrier: Carrier): void {
  const { random } = work.request
  const slow = work.shop.trouble('label_printing_slow', work.request.now) === carrier
  const timedOut = random.chance(slow ? 0.3 : LABEL_TIMEOUT_CHANCE)
  callOutside(work, {
    host: carrierHost(carrier),
    verb: 'POST',
    path: '/labels',
    template: '/labels',
    durationMs: timedOut ? LABEL_TIMEOUT_MS : random.lognormal(slow ? 330 : 85, 0.4),
    ...(timedOut ? {} : { status: 201 }),
  })
  if (timedOut) {
    throw new CarrierTimeoutError(
      504,
      'error',
      `carrier ${carrier} did not print label ${shipmentId} within ${LABEL_TIMEOUT_MS} ms`,
    )
  }
}
