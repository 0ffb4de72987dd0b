/** How the values of a field are compared. */
export type FieldForm = 'text' | 'one_of' | 'duration' | 'time'

export interface Field {
  readonly name: string
  readonly form: FieldForm
  readonly summary: string
  readonly example: string
  /** All that there are, for `one_of`. */
  readonly values?: readonly string[]
  readonly aliases?: readonly string[]
}

export const KINDS = ['log', 'span', 'event', 'node', 'test'] as const
export type RecordKind = (typeof KINDS)[number]

export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** What can be filtered by name. Any key with a dot or an underscore, and `attr.KEY`, is an attribute of the record. */
export const FIELDS: readonly Field[] = [
  { name: 'kind', form: 'one_of', summary: 'what it is', example: 'kind:span', values: KINDS, aliases: ['is'] },
  { name: 'service', form: 'text', summary: 'who wrote it', example: 'service:checkout' },
  {
    name: 'env',
    form: 'text',
    summary: 'environment; prod is also production',
    example: 'env:prod',
    aliases: ['environment'],
  },
  {
    name: 'level',
    form: 'one_of',
    summary: 'severity; a span that failed is an error',
    example: 'level:error,fatal',
    values: LEVELS,
  },
  { name: 'since', form: 'time', summary: 'from then on: 15m, 1h, 7d, or a time', example: 'since:1h' },
  { name: 'until', form: 'time', summary: 'up to then', example: 'until:30m' },
  {
    name: 'problem',
    form: 'text',
    summary: 'fingerprint: the same problem or pattern',
    example: 'problem:4817818956aa6da2',
    aliases: ['fingerprint', 'pattern'],
  },
  {
    name: 'trace',
    form: 'text',
    summary: 'trace id',
    example: 'trace:4bf92f3577b34da6a3ce929d0e0e4736',
    aliases: ['trace_id'],
  },
  { name: 'request', form: 'text', summary: 'request id', example: 'request:r-17', aliases: ['request_id'] },
  { name: 'user', form: 'text', summary: 'user id', example: 'user:u-3', aliases: ['user_id'] },
  { name: 'deal_id', form: 'text', summary: 'deal id', example: 'deal_id:d-17', aliases: ['deal'] },
  {
    name: 'operation',
    form: 'text',
    summary: 'name of the span, event, node report or test',
    example: 'operation:"POST /checkout"',
    aliases: ['name', 'op'],
  },
  { name: 'status', form: 'one_of', summary: 'of spans', example: 'status:error', values: ['ok', 'error', 'unset'] },
  { name: 'duration', form: 'duration', summary: 'of spans', example: 'duration:>500ms' },
  { name: 'release', form: 'text', summary: 'service.version', example: 'release:v42', aliases: ['version'] },
  {
    name: 'error',
    form: 'text',
    summary: 'type of the exception',
    example: 'error:TypeError',
    aliases: ['error_type'],
  },
  { name: 'node', form: 'text', summary: 'node id', example: 'node:kitchen-laptop', aliases: ['node_id'] },
]

const BY_NAME = new Map(FIELDS.flatMap(field => [field.name, ...(field.aliases ?? [])].map(name => [name, field])))

export function fieldNamed(name: string): Field | undefined {
  return BY_NAME.get(name.toLowerCase())
}
