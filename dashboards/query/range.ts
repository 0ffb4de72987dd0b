/** The ends of the dashboard's range; Grafana writes a text literal for each. */
export const FROM = '$__timeFrom()::timestamptz'
export const UNTIL = '$__timeTo()::timestamptz'

/**
 * The variables as SQL literals, always exactly one each, quoted by Grafana: whatever a value holds stays a value, and
 * one that is still empty is `''`. All is `'*'`.
 */
export const ENVIRONMENT = '${environment:sqlstring}'
export const SERVICE = '${service:sqlstring}'
export const OPERATION = '${operation:sqlstring}'

/** Rows of the chosen environment; prod is also production. */
export const ofEnvironment = (column = 'environment') => `is_among(${column}, environment_names(${ENVIRONMENT}))`
export const ofService = (column = 'service') => `${SERVICE} IN ('*', ${column})`
export const ofOperation = (column = 'operation') => `${OPERATION} IN ('*', ${column})`

/** Up to there minutes are read, beyond it the hourly rollups: a month of minutes is more than a screen can show. */
const MINUTES_UP_TO = `interval '26 hours'`

/** Decided once before anything is read: Postgres does not touch the branch for which it is false. */
export const IS_SHORT = `${UNTIL} - ${FROM} <= ${MINUTES_UP_TO}`

/** Calls of every service to every other are added up of minutes, up to this time back: more takes longer than a panel may. */
export const CALLS_FROM = `greatest(${FROM}, ${UNTIL} - interval '6 hours')`
