import { ROOT_CONTEXT } from '@opentelemetry/api'
import { type Nanos, SECOND } from '../clock.ts'
import { uuid } from '../ids.ts'
import type { Random } from '../random.ts'
import { addToCart, checkOut, listProducts, viewOrder, viewProduct } from '../services/storefront.ts'
import { onFreshStack, serve } from './call.ts'
import { type Customer, drawCustomer, drawOrder, drawSku, type OrderTraits } from './catalog.ts'
import type { Endpoint } from './protocol.ts'
import type { Request, Shop } from './work.ts'

export interface Arrival {
  readonly at: Nanos
  readonly number: number
  /** Set for the customers whom the incident is to hit. */
  readonly traits?: OrderTraits
}

/** Customers come independently of one another, with a slow wave over the run; `certain` ones come besides. In order of time. */
export function* arrivals(
  random: Random,
  rate: number,
  duration: Nanos,
  certain: readonly { readonly at: Nanos; readonly traits: OrderTraits }[],
): Generator<Arrival> {
  const waiting = [...certain]
  let number = 0
  let at = 0
  for (;;) {
    const wave = 1 + 0.2 * Math.sin((2 * Math.PI * at) / duration)
    at += Math.round(random.exponential(SECOND / (rate * wave)))
    for (let next = waiting[0]; next !== undefined && next.at <= at; next = waiting[0]) {
      waiting.shift()
      yield { ...next, number: number++ }
    }
    if (at >= duration) return
    yield { at, number: number++ }
  }
}

type Action = 'list' | 'view' | 'cart' | 'order' | 'checkout'
const MIX: readonly (readonly [Action, number])[] = [
  ['list', 24],
  ['view', 28],
  ['cart', 12],
  ['order', 10],
  ['checkout', 26],
]

/** Some leave at once, most wait until a page is plainly broken. Who pays waits longest. */
const LEAVES_AT_ONCE = 0.015

/** Orders that customers come back to look at. */
const REMEMBERED_ORDERS = 300

interface Visit {
  readonly request: Request
  readonly customer: Customer
  readonly patienceMs: number
}

/** Returns what simulates one arrival: everything that a customer's click sets off, to the last message. */
export function createTraffic(shop: Shop, seed: Random): (arrival: Arrival) => Promise<void> {
  const people = seed.fork('customers')
  const placed: { readonly orderId: string; readonly customer: Customer; readonly at: Nanos }[] = []

  async function checkout(visit: Visit, traits: OrderTraits): Promise<void> {
    const { request } = visit
    const order = drawOrder(request.random, visit.customer, traits)
    if ((await open(visit, checkOut, order)) >= 400) return
    placed.push({ orderId: order.id, customer: visit.customer, at: request.now })
    if (placed.length > REMEMBERED_ORDERS) placed.shift()
  }

  /** Opens the page as the order's own customer; before the first order there is nothing to look at but products. */
  async function lookAtOrder(visit: Visit): Promise<void> {
    const { request } = visit
    const earlier = placed.filter(order => order.at < request.now)
    if (earlier.length === 0) return browse(visit, listProducts)
    const { orderId, customer } = request.random.pick(earlier)
    request.entities['user.id'] = customer.userId
    await open(visit, viewOrder, orderId)
  }

  async function browse(visit: Visit, page: Endpoint<string, unknown>): Promise<void> {
    await open(visit, page, drawSku(visit.request.random))
  }

  function open<I>({ request, patienceMs }: Visit, endpoint: Endpoint<I, unknown>, input: I): Promise<number> {
    return onFreshStack(async () => {
      const reply = await serve(shop, request, endpoint, input, ROOT_CONTEXT, patienceMs)
      return reply.status
    })
  }

  function act(visit: Visit, action: Action, traits: OrderTraits): Promise<void> {
    switch (action) {
      case 'list':
        return browse(visit, listProducts)
      case 'view':
        return browse(visit, viewProduct)
      case 'cart':
        return browse(visit, addToCart)
      case 'order':
        return lookAtOrder(visit)
      case 'checkout':
        return checkout(visit, traits)
    }
  }

  return async ({ at, number, traits }) => {
    const random = seed.fork(number)
    const customer = drawCustomer(random, people)
    const id = uuid(random)
    const entities = { 'request.id': id, 'user.id': customer.userId }
    const request: Request = { id, random, entities, now: at, consumers: [] }
    const patienceMs = random.chance(LEAVES_AT_ONCE) ? random.between(3, 30) : random.between(5_000, 9_000)
    const action = traits === undefined ? random.weighted(MIX) : 'checkout'
    await act({ request, customer, patienceMs }, action, traits ?? {})
    for (const consume of request.consumers) await consume()
  }
}
