import type { Order } from '../shop/catalog.ts'
import { query, type Statement } from '../shop/database.ts'
import { ServiceError } from '../shop/failure.ts'
import type { GrpcEndpoint } from '../shop/protocol.ts'
import { compute, count, log, type Work } from '../shop/work.ts'
import { postToLedger } from './inventory/ledger.ts'

export interface Stock {
  readonly available: number
}

const SERVICE = 'shop.inventory.v1.Inventory'

export const reserve: GrpcEndpoint<Order, Stock> = {
  protocol: 'grpc',
  service: 'inventory',
  method: `${SERVICE}/Reserve`,
  handle: reserveItems,
}

export const release: GrpcEndpoint<Order, Stock> = {
  protocol: 'grpc',
  service: 'inventory',
  method: `${SERVICE}/Release`,
  handle: releaseItems,
}

export const getStock: GrpcEndpoint<string, Stock> = {
  protocol: 'grpc',
  service: 'inventory',
  method: `${SERVICE}/GetStock`,
  handle: readStock,
}

const SELECT_STOCK: Statement = {
  operation: 'SELECT',
  table: 'stock',
  text: 'SELECT sku, available FROM stock WHERE sku = ANY($1)',
  medianMs: 1.8,
}
const LOCK_STOCK: Statement = {
  operation: 'SELECT',
  table: 'stock',
  text: 'SELECT sku, available FROM stock WHERE sku = ANY($1) AND warehouse = $2 FOR UPDATE',
  medianMs: 3.2,
}
const UPDATE_STOCK: Statement = {
  operation: 'UPDATE',
  table: 'stock',
  text: 'UPDATE stock SET available = available - $3 WHERE sku = $1 AND warehouse = $2',
  medianMs: 2.6,
}

const OUT_OF_STOCK_CHANCE = 0.02

class OutOfStockError extends ServiceError {}

async function reserveItems(work: Work, order: Order): Promise<Stock> {
  const { random } = work.request
  work.span.setAttributes({ 'shop.warehouse': order.warehouse, 'shop.order.items': order.items.length })
  await query(work, LOCK_STOCK, order.items.length)
  checkAvailability(work, order)
  if (work.instance.release.changes.has('ledger_reservations')) await postToLedger(work, order)
  await query(work, UPDATE_STOCK, 0)
  log(
    work,
    'info',
    `reserved ${order.items.length} items in ${order.warehouse} until ${random.int(15, 20)} minutes from now`,
    {
      'shop.warehouse': order.warehouse,
    },
  )
  count(work, 'shop.reservations.made', '{reservation}', { 'shop.warehouse': order.warehouse })
  return { available: random.int(0, 400) }
}

function checkAvailability(work: Work, order: Order): void {
  if (!work.request.random.chance(OUT_OF_STOCK_CHANCE)) return
  const { sku, quantity } = work.request.random.pick(order.items)
  throw new OutOfStockError(
    409,
    'warn',
    `${sku} is out of stock in ${order.warehouse}: ${quantity} wanted, ${quantity - 1} available`,
  )
}

async function releaseItems(work: Work, order: Order): Promise<Stock> {
  await query(work, UPDATE_STOCK, 0)
  log(work, 'info', `released ${order.items.length} items in ${order.warehouse}`, { 'shop.warehouse': order.warehouse })
  return { available: work.request.random.int(1, 400) }
}

async function readStock(work: Work, sku: string): Promise<Stock> {
  work.span.setAttribute('shop.sku', sku)
  compute(work, 0.4)
  await query(work, SELECT_STOCK)
  const available = work.request.random.int(0, 400)
  if (available < 12)
    log(work, 'warn', `stock of ${sku} is low: ${available} left`, { 'shop.sku': sku, 'shop.available': available })
  return { available }
}
