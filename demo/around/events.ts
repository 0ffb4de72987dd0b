import { createHmac } from 'node:crypto'
import type { Nanos, Timeline } from '../clock.ts'
import { entityId } from '../ids.ts'
import type { Random } from '../random.ts'
import { type Edge, post } from './edge.ts'

const PRODUCT = 'backoffice'
const STAGES = ['requested', 'checked', 'paid back', 'closed']

/** What the shop's back office tells of its refunds, as signed events. Resolves to how many were taken. */
export async function sendEvents(edge: Edge, timeline: Timeline, duration: Nanos, random: Random): Promise<number> {
  const refunds = Array.from({ length: 3 }, () => entityId(random, 'ref'))
  const events = refunds.flatMap((refund, i) =>
    STAGES.slice(0, 4 - i).map((stage, n) => ({
      env: 'production',
      product: PRODUCT,
      severity: stage === 'paid back' && i === 1 ? 'warn' : 'info',
      type: 'refund.transition',
      message: `refund ${refund} is ${stage}`,
      deal_id: refund,
      stage,
      created_at: timeline.iso(Math.round(duration * (0.1 + 0.2 * n + 0.05 * i))),
    })),
  )
  const body = JSON.stringify(events)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', edge.eventSecret ?? '')
    .update(`${timestamp}.${body}`)
    .digest('hex')
  await post(edge, `/ingest/${PRODUCT}`, body, { 'x-pulse-signature': signature, 'x-pulse-timestamp': timestamp })
  return events.length
}
