import type { RecordsAnswer } from '../../../api/search.ts'

export type RecordRow = RecordsAnswer['rows'][number]

/** What tells a record from all others, as it stands in an address. */
export const refOf = ({ kind, timestamp, ref }: RecordRow) => `${kind}~${timestamp}~${ref}`
