import { call } from '../shop/call.ts'
import type { Order } from '../shop/catalog.ts'
import { cache } from '../shop/database.ts'
import { ServiceError } from '../shop/failure.ts'
import type { HttpEndpoint } from '../shop/protocol.ts'
import { compute, count, log, type Work } from '../shop/work.ts'
import { orderStatus, placeOrder } from './checkout.ts'
import { getStock } from './inventory.ts'

type Page = HttpEndpoint<string, { readonly title: string }>

export const listProducts: Page = {
  protocol: 'http',
  service: 'storefront',
  verb: 'GET',
  route: '/products',
  path: () => '/products',
  handle: showList,
}

export const viewProduct: Page = {
  protocol: 'http',
  service: 'storefront',
  verb: 'GET',
  route: '/products/{sku}',
  path: sku => `/products/${sku}`,
  handle: showProduct,
}

export const addToCart: Page = {
  protocol: 'http',
  service: 'storefront',
  verb: 'POST',
  route: '/cart/items',
  path: () => '/cart/items',
  handle: putIntoCart,
}

export const viewOrder: Page = {
  protocol: 'http',
  service: 'storefront',
  verb: 'GET',
  route: '/orders/{order_id}',
  path: orderId => `/orders/${orderId}`,
  handle: showOrder,
}

export const checkOut: HttpEndpoint<Order, { readonly title: string }> = {
  protocol: 'http',
  service: 'storefront',
  verb: 'POST',
  route: '/checkout',
  path: () => '/checkout',
  handle: buy,
}

const CACHED_CHANCE = 0.8
const BAD_ADDRESS_CHANCE = 0.012

class InvalidAddressError extends ServiceError {}

async function showList(work: Work, sku: string): Promise<{ readonly title: string }> {
  await cache(work, 'GET', 'catalog:page')
  if (!work.request.random.chance(CACHED_CHANCE)) {
    log(work, 'debug', 'catalog page is not cached, asking inventory')
    await call(work, getStock, sku, 2)
    await cache(work, 'SET', 'catalog:page')
  }
  compute(work, 9)
  return { title: 'Products' }
}

async function showProduct(work: Work, sku: string): Promise<{ readonly title: string }> {
  work.span.setAttribute('shop.sku', sku)
  const { available } = await call(work, getStock, sku, 2)
  compute(work, 7)
  log(work, 'info', `product ${sku} viewed, ${available} in stock`, { 'shop.sku': sku, 'shop.available': available })
  count(work, 'shop.products.viewed', '{view}', {})
  return { title: sku }
}

async function putIntoCart(work: Work, sku: string): Promise<{ readonly title: string }> {
  await call(work, getStock, sku, 2)
  await cache(work, 'HSET', 'cart:?')
  log(work, 'info', `${sku} put into the cart`, { 'shop.sku': sku })
  return { title: 'Cart' }
}

async function showOrder(work: Work, orderId: string): Promise<{ readonly title: string }> {
  work.request.entities['order.id'] = orderId
  work.span.setAttribute('order.id', orderId)
  const { state } = await call(work, orderStatus, orderId, 2)
  compute(work, 5)
  return { title: `Your order is ${state}` }
}

async function buy(work: Work, order: Order): Promise<{ readonly title: string }> {
  await cache(work, 'HGETALL', 'cart:?')
  checkAddress(work, order)
  work.request.entities['order.id'] = order.id
  work.span.setAttribute('order.id', order.id)
  log(work, 'info', `checking out ${order.items.length} items as order ${order.id}`, {
    'shop.order.items': order.items.length,
  })
  const { orderId, total } = await call(work, placeOrder, order)
  compute(work, 6)
  log(work, 'info', `order ${orderId} confirmed to the customer, ${total.toFixed(2)} ${order.customer.currency}`)
  return { title: 'Thank you' }
}

function checkAddress(work: Work, order: Order): void {
  const { random } = work.request
  if (!random.chance(BAD_ADDRESS_CHANCE)) return
  throw new InvalidAddressError(
    400,
    'warn',
    `postal code ${random.int(10_000, 99_999)} is not in ${order.customer.country}`,
  )
}
