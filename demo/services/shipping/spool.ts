import type { Order } from '../../shop/catalog.ts'
import { ServiceError } from '../../shop/failure.ts'
import type { Work } from '../../shop/work.ts'

class SpoolError extends ServiceError {}

/** Quotes are kept on the host's disk for the night's accounting. */
export function spool(work: Work, order: Order): void {
  try {
    append(work.shop.trouble('disk_full', work.request.now) === work.instance.host)
  } catch (cause) {
    throw new SpoolError(500, 'error', `quote for order ${order.id} cannot be spooled`, { cause })
  }
}

function append(isFull: boolean): void {
  if (isFull) throw new Error("ENOSPC: no space left on device, write '/var/spool/quotes/today.ndjson'")
}
