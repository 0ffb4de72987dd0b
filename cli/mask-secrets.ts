import { z } from 'zod'
import { createScanner } from '../analysis/sensitive/scanner.ts'
import { isSecret } from '../pipeline/config/secret.ts'

const MASK = '***'

/** By key: of settings, of headers, and of parameters in a URL. */
const SECRET_KEY =
  /(?:token|password|passwd|passphrase|pwd|secret|authorization|cookie|credential|session|signature|bearer|dsn|(?:api|access|private|app|license|licence|auth|account|shared|signing|write|ingest(?:ion)?)[-_]?key|honeycomb-team|^x-.*key|^key|^auth)s?$/i
/** Those whose name says no more than this: codes and signatures of sign-ins and signed links. */
const SECRET_PARAMETER =
  /^(?:key|code|sig|auth|pass|pw|sas|hmac|assertion|jwt|x-amz-(?:signature|security-token|credential))$/i

const URL_USERINFO = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/?#"'<>]*)@/gi
const URL_PARAMETER = /([?&;#])([^=&#;\s"']+)=([^&#;\s"']+)/g

/** By shape: what redaction would not let into the store, either. */
const scan = createScanner({
  credentials: true,
  emailAddresses: false,
  cardNumbers: false,
  patterns: [],
  replace: () => MASK,
})

/**
 * A copy of a configuration that may be shown. What is secret is known by the schema, where there is one (`secret()`);
 * by the name of its key; and by its shape, wherever it stands.
 */
export function maskSecrets(value: unknown, schema?: z.ZodType, key = ''): unknown {
  const known = schema === undefined ? undefined : unwrapped(schema)
  if (value === undefined || value === null || value === '') return value
  // A switch such as require_token hides nothing.
  if (typeof value === 'boolean') return value
  const isHidden = known?.isSecret === true || SECRET_KEY.test(key)
  if (Array.isArray(value)) {
    const element = known?.schema instanceof z.ZodArray ? (known.schema.element as z.ZodType) : undefined
    return value.map(item => (isHidden && !isObject(item) ? masked(item) : maskSecrets(item, element, key)))
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        known?.isSecret === true && !isObject(inner)
          ? masked(inner)
          : maskSecrets(inner, memberOf(known?.schema, name), name),
      ]),
    )
  }
  if (isHidden) return MASK
  return typeof value === 'string' ? maskShapes(value) : value
}

/** What is empty is shown as that: whether there is a secret is worth knowing. */
function masked(value: unknown): unknown {
  return value === undefined || value === null || value === '' ? value : MASK
}

function maskShapes(text: string): string {
  const inUrls = text
    .replace(URL_USERINFO, (_, scheme: string, userinfo: string) => `${scheme}${maskedUser(scheme, userinfo)}@`)
    .replace(URL_PARAMETER, (whole, mark: string, name: string) =>
      SECRET_KEY.test(name) || SECRET_PARAMETER.test(name) ? `${mark}${name}=${MASK}` : whole,
    )
  return scan(inUrls)
}

/** A user alone is a name where a database is meant, and a token elsewhere. */
function maskedUser(scheme: string, userinfo: string): string {
  const colon = userinfo.indexOf(':')
  if (colon >= 0) return `${userinfo.slice(0, colon)}:${MASK}`
  return /^postgres/i.test(scheme) ? userinfo : MASK
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function memberOf(schema: z.ZodType | undefined, name: string): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[name] as z.ZodType | undefined
  // Of a union any branch that has the key may be meant.
  if (schema instanceof z.ZodUnion) {
    const found = (schema.options as z.ZodType[]).flatMap(option => memberOf(unwrapped(option).schema, name) ?? [])
    return found.find(member => unwrapped(member).isSecret) ?? found[0]
  }
  return schema instanceof z.ZodRecord ? (schema.valueType as z.ZodType) : undefined
}

/** The schema without what is around it: optional, default, transform. Of a union the branch that is secret counts. */
function unwrapped(schema: z.ZodType): { readonly schema: z.ZodType; readonly isSecret: boolean } {
  let inner = schema
  let isHidden = isSecret(inner)
  for (;;) {
    const next = innerOf(inner)
    if (next === undefined) break
    inner = next
    isHidden ||= isSecret(inner)
  }
  return { schema: inner, isSecret: isHidden }
}

function innerOf(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.in as z.ZodType
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).find(option => unwrapped(option).isSecret)
  if ('innerType' in schema.def) return schema.def.innerType as z.ZodType
  return undefined
}
