import { entityId } from '../../ids.ts'
import type { Carrier, Order } from '../../shop/catalog.ts'
import { ServiceError } from '../../shop/failure.ts'
import { callOutside } from '../../shop/outside.ts'
import { inside, log, type Work } from '../../shop/work.ts'

const MAINTENANCE_PAGE = '<!doctype html><title>Planned maintenance</title><h1>We will be back shortly</h1>'

export interface Quote {
  readonly carrier: Carrier
  readonly price: number
}

class CarrierResponseError extends ServiceError {}

export function carrierHost(carrier: Carrier): string {
  return `api.${carrier}.example`
}

/** A live price. The carriers' gateway wants three requests for it, one after the other. */
export function askCarrier(work: Work, order: Order): Promise<Quote> {
  const { carrier } = order
  return inside(work, 'ask carrier for a price', { 'shop.carrier': carrier }, asking => {
    const quoteId = entityId(asking.request.random, 'qt')
    request(asking, carrier, '/sessions', 120)
    request(asking, carrier, '/services', 95)
    const body = request(asking, carrier, '/quotes', 140)
    const price = readPrice(carrier, quoteId, body)
    log(asking, 'info', `${carrier} quoted ${price.toFixed(2)} as ${quoteId}`, {
      'shop.carrier': carrier,
      'shop.quote.id': quoteId,
    })
    return { carrier, price }
  })
}

/** The body of the answer. While a carrier is under maintenance, its proxy answers 200 with a page for people. */
function request(work: Work, carrier: Carrier, path: string, medianMs: number): string {
  const { random } = work.request
  const durationMs = random.lognormal(medianMs, 0.3)
  callOutside(work, { host: carrierHost(carrier), verb: 'POST', path, template: path, durationMs, status: 200 })
  const price = Math.round(random.between(3, 14) * 100) / 100
  const maintained = work.shop.trouble('carrier_maintenance', work.request.now) === carrier
  return maintained && path === '/quotes' ? MAINTENANCE_PAGE : JSON.stringify({ price })
}

function readPrice(carrier: Carrier, quoteId: string, body: string): number {
  try {
    return parseQuote(body).price
  } catch (cause) {
    throw new CarrierResponseError(
      500,
      'error',
      `carrier ${carrier} answered quote ${quoteId} with something that is no price`,
      { cause },
    )
  }
}

function parseQuote(body: string): { readonly price: number } {
  return JSON.parse(body)
}
