import type { RejectedRecord } from '../../../../pipeline/model/index.ts'
import type { Budget } from '../budget.ts'
import { RecordFault } from '../faults.ts'
import type { Origin } from '../record.ts'

/** As `readRecord` of the protobuf decoder: books the record as an item or as rejected. */
export function readRecord<Item, From extends Origin>(
  value: unknown,
  items: Item[],
  rejected: RejectedRecord[],
  read: (value: unknown, from: From, budget: Budget) => Item,
  from: From,
  shared: RecordFault | undefined,
  what: string,
  budget: Budget,
): void {
  budget.chargeRecord()
  try {
    if (shared !== undefined) throw shared
    items.push(read(value, from, budget))
  } catch (error) {
    rejected.push(rejection(error, what, value, budget))
  }
}

/** @throws `error` if it is no RecordFault */
export function rejection(error: unknown, what: string, value: unknown, budget: Budget): RejectedRecord {
  if (!(error instanceof RecordFault)) throw error
  budget.chargeRejection()
  const raw = Buffer.from(JSON.stringify(value))
  return { reason: error.reason, message: `${what}: ${error.message}`, raw, contentType: 'application/json' }
}
