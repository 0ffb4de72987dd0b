import { call } from '../shop/call.ts'
import type { Order } from '../shop/catalog.ts'
import { query, type Statement } from '../shop/database.ts'
import type { HttpEndpoint } from '../shop/protocol.ts'
import { publish } from '../shop/queue.ts'
import { compute, count, inside, log, retrying, together, type Work } from '../shop/work.ts'
import { discountFor } from './checkout/vouchers.ts'
import { release, reserve } from './inventory.ts'
import { confirmOrders, consents } from './notification.ts'
import { authorize } from './payment.ts'
import { quote, shipmentStatus, shipOrders } from './shipping.ts'

export interface PlacedOrder {
  readonly orderId: string
  readonly total: number
}

export const placeOrder: HttpEndpoint<Order, PlacedOrder> = {
  protocol: 'http',
  service: 'checkout',
  verb: 'POST',
  route: '/orders',
  path: () => '/orders',
  handle: place,
}

export const orderStatus: HttpEndpoint<string, { readonly state: string }> = {
  protocol: 'http',
  service: 'checkout',
  verb: 'GET',
  route: '/orders/{order_id}',
  path: orderId => `/orders/${orderId}`,
  handle: readStatus,
}

const INSERT_ORDER: Statement = {
  operation: 'INSERT',
  table: 'orders',
  text: 'INSERT INTO orders (id, user_id, currency, total, voucher, state) VALUES ($1, $2, $3, $4, $5, $6)',
  medianMs: 3.8,
}
const INSERT_ITEMS: Statement = {
  operation: 'INSERT',
  table: 'order_items',
  text: 'INSERT INTO order_items (order_id, sku, quantity, unit_price) SELECT * FROM unnest($1, $2, $3, $4)',
  medianMs: 3.1,
}
const SELECT_ORDER: Statement = {
  operation: 'SELECT',
  table: 'orders',
  text: 'SELECT id, state, total FROM orders WHERE id = $1 AND user_id = $2',
  medianMs: 1.7,
}

async function place(work: Work, order: Order): Promise<PlacedOrder> {
  const { customer } = order
  describe(work, order)
  log(work, 'info', `order ${order.id}: ${order.items.length} items, ${order.total.toFixed(2)} ${customer.currency}`, {
    'shop.currency': customer.currency,
    'shop.order.total': order.total,
  })
  const discount = await discountFor(work, order)
  const [, shipment] = await together(
    work,
    () => call(work, consents, customer, 2),
    () => call(work, quote, order, 2),
  )
  const total = Math.max(0, order.total - discount) + shipment.price
  await call(work, reserve, order, 2)
  await pay(work, order, total)
  await retrying(work, `saving order ${order.id}`, 3, () => save(work))
  publish(work, 'orders.placed', order, [shipOrders, confirmOrders])
  log(work, 'info', `order ${order.id} placed for ${total.toFixed(2)} ${customer.currency}`, {
    'shop.order.total': total,
  })
  count(work, 'shop.orders.placed', '{order}', {
    'shop.currency': customer.currency,
    'shop.payment.method': order.paymentMethod,
  })
  return { orderId: order.id, total }
}

/** All that an order is made of, on one span: what the failing ones have in common can be found there. */
function describe(work: Work, order: Order): void {
  work.span.setAttributes({
    'shop.currency': order.customer.currency,
    'shop.country': order.customer.country,
    'shop.locale': order.customer.locale,
    'shop.order.total': order.total,
    'shop.order.items': order.items.length,
    'shop.warehouse': order.warehouse,
    'shop.carrier': order.carrier,
    'shop.payment.method': order.paymentMethod,
    ...(order.voucher === undefined ? {} : { 'shop.voucher': order.voucher }),
  })
}

async function pay(work: Work, order: Order, amount: number): Promise<void> {
  try {
    await call(work, authorize, { order, amount })
  } catch (error) {
    log(work, 'warn', `payment of order ${order.id} failed, giving ${order.items.length} items back to stock`)
    await call(work, release, order, 2)
    throw error
  }
}

function save(work: Work): Promise<void> {
  return inside(work, 'save order', {}, async saving => {
    await query(saving, INSERT_ORDER, 0)
    await query(saving, INSERT_ITEMS, 0)
  })
}

async function readStatus(work: Work, orderId: string): Promise<{ readonly state: string }> {
  await query(work, SELECT_ORDER)
  const { state } = await call(work, shipmentStatus, orderId, 2)
  compute(work, 0.5)
  return { state }
}
