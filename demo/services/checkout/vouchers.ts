import type { Order, Voucher } from '../../shop/catalog.ts'
import { query, type Statement } from '../../shop/database.ts'
import { ServiceError } from '../../shop/failure.ts'
import { compute, inside, log, type Work } from '../../shop/work.ts'

/** A row of `voucher_rules`, as the new engine expects it. */
interface Rule {
  readonly code: string
  readonly discount: { readonly percent: number }
}

const PERCENT: Readonly<Record<Voucher, number>> = { WELCOME10: 10, FREESHIP: 0, LOYAL5: 5 }

const SELECT_VOUCHER: Statement = {
  operation: 'SELECT',
  table: 'vouchers',
  text: 'SELECT percent FROM vouchers WHERE code = $1',
  medianMs: 1.6,
}
const SELECT_RULES: Statement = {
  operation: 'SELECT',
  table: 'voucher_rules',
  text: 'SELECT rule FROM voucher_rules WHERE $1 LIKE sku_pattern OR code = $2 ORDER BY priority',
  medianMs: 105,
}

class VoucherRuleError extends ServiceError {}

/** What is taken off the order's total, in its currency. */
export async function discountFor(work: Work, order: Order): Promise<number> {
  if (!work.instance.release.changes.has('voucher_rules')) return tableDiscount(work, order)
  return inside(work, 'evaluate voucher rules', { 'shop.order.items': order.items.length }, evaluating =>
    ruleDiscount(evaluating, order),
  )
}

async function tableDiscount(work: Work, { voucher, total }: Order): Promise<number> {
  if (voucher === undefined) return 0
  await query(work, SELECT_VOUCHER)
  log(work, 'debug', `voucher ${voucher} takes ${PERCENT[voucher]} percent off`, { 'shop.voucher': voucher })
  return (total * PERCENT[voucher]) / 100
}

/** One statement per item, each reading the whole table: rules may name articles as well as codes. */
async function ruleDiscount(work: Work, order: Order): Promise<number> {
  for (const _item of order.items) await query(work, SELECT_RULES, 3)
  compute(work, 4)
  if (order.voucher === undefined) return 0
  const rule = readRule(order.voucher, work.shop.trouble('tiered_voucher', work.request.now))
  const discount = apply(order, rule)
  log(work, 'debug', `rules of ${order.voucher} take ${discount.toFixed(2)} off`, { 'shop.voucher': order.voucher })
  return discount
}

/** Marketing's new campaigns have tiers in the place of one discount. */
function readRule(code: Voucher, tiered: string | undefined): Rule {
  const row =
    code === tiered ? { code, tiers: [{ from: 50, percent: 5 }] } : { code, discount: { percent: PERCENT[code] } }
  return JSON.parse(JSON.stringify(row))
}

function apply(order: Order, rule: Rule): number {
  try {
    return percentOff(order.total, rule)
  } catch (cause) {
    throw new VoucherRuleError(500, 'error', `voucher ${rule.code} cannot be applied to order ${order.id}`, { cause })
  }
}

function percentOff(total: number, rule: Rule): number {
  return (total * rule.discount.percent) / 100
}
