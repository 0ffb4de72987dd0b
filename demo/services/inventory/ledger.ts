import { SECOND } from '../../clock.ts'
import type { Order } from '../../shop/catalog.ts'
import { query, type Statement } from '../../shop/database.ts'
import { ServiceError } from '../../shop/failure.ts'
import { inside, log, type Work } from '../../shop/work.ts'

const SUM_LEDGER: Statement = {
  operation: 'SELECT',
  table: 'ledger_entries',
  text: 'SELECT sku, sum(quantity), max(number) FROM ledger_entries WHERE warehouse = $1 GROUP BY sku',
  medianMs: 290,
}
const INSERT_ENTRY: Statement = {
  operation: 'INSERT',
  table: 'ledger_entries',
  text: 'INSERT INTO ledger_entries (warehouse, number, sku, quantity, order_id) VALUES ($1, $2, $3, $4, $5)',
  medianMs: 4,
}

class LedgerSequenceError extends ServiceError {}

/** Reservations as entries of a numbered ledger. The balance is summed over the whole history, under the lock. */
export function postToLedger(work: Work, order: Order): Promise<void> {
  return inside(work, 'post reservation to ledger', { 'shop.warehouse': order.warehouse }, async posting => {
    await query(posting, SUM_LEDGER, 40)
    const next = 48_000 + Math.floor(posting.request.now / SECOND)
    // A restored replica answers the sum: it is a few entries behind.
    const behind = posting.shop.trouble('ledger_gap', posting.request.now) === order.warehouse
    append(order, behind ? next - 2 : next, next)
    await query(posting, INSERT_ENTRY, 0)
    log(posting, 'debug', `ledger entry ${next} posted for ${order.warehouse}`, { 'shop.ledger.entry': next })
  })
}

function append(order: Order, number: number, expected: number): void {
  try {
    claimNumber(number, expected)
  } catch (cause) {
    const message = `reservation of order ${order.id} in warehouse ${order.warehouse} expected ledger entry ${expected}, found ${number}`
    throw new LedgerSequenceError(500, 'error', message, { cause })
  }
}

class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation'
}

function claimNumber(number: number, free: number): void {
  if (number >= free) return
  throw new UniqueViolation(
    `duplicate key value violates unique constraint "ledger_entries_warehouse_number_key" (${number})`,
  )
}
