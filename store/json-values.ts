import pg from 'pg'

/** A value as JSON can carry it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
type Parse = (text: string) => JsonValue

/**
 * Reads Postgres's text of a value, by the type's OID, without changing the value: a number only where a double holds it
 * exactly, else its digits as a string; timestamps keep their microseconds. Types that JSON lacks stay text.
 */
export function parserFor(typeOid: number): Parse {
  const scalar = SCALARS[typeOid]
  if (scalar !== undefined) return scalar
  const element = ARRAY_ELEMENTS[typeOid]
  if (element !== undefined) return text => parseArray(text, SCALARS[element] ?? asText)
  return asText
}

const asText: Parse = text => text

/** OIDs are fixed in pg_type.dat; pg names the scalars. */
const {
  BOOL,
  INT8,
  INT2,
  INT4,
  OID,
  FLOAT4,
  FLOAT8,
  NUMERIC,
  JSON: JSON_TYPE,
  JSONB,
  TIMESTAMP,
  TIMESTAMPTZ,
} = pg.types.builtins

const SCALARS: Record<number, Parse> = {
  [BOOL]: text => text === 't',
  [INT2]: exactNumber,
  [INT4]: exactNumber,
  [INT8]: exactNumber,
  [OID]: exactNumber,
  [FLOAT4]: double,
  [FLOAT8]: double,
  [NUMERIC]: exactNumber,
  [JSON_TYPE]: parseJson,
  [JSONB]: parseJson,
  [TIMESTAMP]: isoTimestamp,
  [TIMESTAMPTZ]: isoTimestamp,
}

/** Array type → element type; 25 is text. */
const ARRAY_ELEMENTS: Record<number, number> = {
  1000: BOOL,
  1005: INT2,
  1007: INT4,
  1016: INT8,
  1028: OID,
  1021: FLOAT4,
  1022: FLOAT8,
  1231: NUMERIC,
  199: JSON_TYPE,
  3807: JSONB,
  1115: TIMESTAMP,
  1185: TIMESTAMPTZ,
  // text, varchar, bpchar, name, "char", uuid, date, bytea, inet: their text.
  1009: 25,
  1015: 25,
  1014: 25,
  1003: 25,
  1002: 25,
  2951: 25,
  1182: 25,
  1001: 25,
  1041: 25,
}

/** The number, or its text where a double cannot tell it from its neighbours. */
export function exactNumber(text: string): number | string {
  const number = Number(text)
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(number) ? number : text
  if (!Number.isFinite(number)) return text
  const digits = (text.split(/e/i)[0] ?? '').replace(/[-+.]/g, '').replace(/^0+/, '')
  // 15 significant digits survive the way into a double and back (DBL_DIG).
  return digits.length <= 15 || String(number) === text ? number : text
}

/** JSON has neither NaN nor infinities: they stay text. */
function double(text: string): number | string {
  const number = Number(text)
  return Number.isFinite(number) ? number : text
}

/** `2026-11-20 23:45:33.123456+00`, in a session whose time zone is UTC. Years BC and infinity stay text. */
function isoTimestamp(text: string): string {
  return text.replace(/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/, (_, date, time, zone) =>
    zone === undefined ? `${date}T${time}` : `${date}T${time}Z`,
  )
}

function parseJson(text: string): JsonValue {
  // The third argument, the number's own text, is in ECMAScript 2026 and in Node, not yet in the types.
  const reviver = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined ? exactNumber(context.source) : value
  return JSON.parse(text, reviver)
}

function parseArray(text: string, element: Parse): JsonValue {
  // pg exports the parser of array literals, and its types do not say so.
  const { arrayParser } = pg.types as unknown as {
    arrayParser: { create(text: string, element: Parse): { parse(): JsonValue[] } }
  }
  return arrayParser.create(text, element).parse()
}
