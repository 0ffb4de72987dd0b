/** The ends of the dashboard's range; Grafana writes a text literal for each. */
export const FROM = '$__timeFrom()::timestamptz'
export const UNTIL = '$__timeTo()::timestamptz'

/**
 * What is chosen of a variable as a list of SQL: `'a','b'`, each quoted by Grafana, `'*'` for All. Whatever a value holds
 * stays a value, and nothing chosen is an empty list, which `IN ()` could not be.
 */
const chosen = (variable: string) => `ARRAY[\${${variable}:sqlstring}]::text[]`

/** All are chosen: of a constant list, so it is decided before anything is read. */
export const isAll = (variable: string) => `'*' = ANY (${chosen(variable)})`

/** Rows of which one of these columns is among what is chosen. */
export const isChosen = (variable: string, ...columns: readonly string[]) =>
  `(${["'*'", ...columns].map(one => `${one} = ANY (${chosen(variable)})`).join(' OR ')})`

/** Rows of the chosen environments; prod is also production. */
export const ofEnvironment = (column = 'environment') =>
  `is_among(${column}, environments_named(${chosen('environment')}))`
export const ofService = (column = 'service') => isChosen('service', column)
export const ofOperation = (column = 'operation') => isChosen('operation', column)

/** Up to there minutes are read, beyond it the hourly rollups: a month of minutes is more than a screen can show. */
const MINUTES_UP_TO = `interval '26 hours'`

/** Decided once before anything is read: Postgres does not touch the branch for which it is false. */
export const IS_SHORT = `${UNTIL} - ${FROM} <= ${MINUTES_UP_TO}`

/** Calls of every service to every other are added up of minutes, up to this time back: more takes longer than a panel may. */
export const CALLS_FROM = `greatest(${FROM}, ${UNTIL} - interval '6 hours')`
