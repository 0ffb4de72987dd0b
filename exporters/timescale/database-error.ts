import pg from 'pg'

/**
 * Classes of SQLSTATE that speak of the rows, not of the server: sent again, they fail again. Data exception,
 * integrity constraint violation, WITH CHECK OPTION violation, program limit exceeded (an index entry too large), and
 * what a trigger in PL/pgSQL raises.
 *
 * Everything else is retryable. So are a missing table or right (42), though only an operator can mend it: the sender
 * keeps its data until then. So are internal errors (XX): a damaged database must not turn good records into dead
 * letters.
 */
const DATA_FAULT_CLASSES: ReadonlySet<string> = new Set(['22', '23', '44', '54', 'P0'])

export function isDataFault(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && DATA_FAULT_CLASSES.has(error.code?.slice(0, 2) ?? '')
}

/** SQLSTATE or the system's code, for a metric's label; `none` where there is neither. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'none'
}
