/** A message as protobufjs' `toObject` gives it: a field that was not sent has its default, a message is null. */
export interface Message {
  readonly [field: string]: unknown
}

export interface Found {
  readonly resource: unknown
  readonly scope: unknown
  readonly message: Message
}

export function list(value: unknown): Message[] {
  return (value ?? []) as Message[] // a repeated field of messages
}

export function optional(value: unknown): Message {
  return (value ?? {}) as Message // a field of a message
}

/** Of equal keys the last one stands, as `Map` has it. */
export function attributesOf(keyValues: unknown): Map<unknown, unknown> {
  return new Map(list(keyValues).map(({ key, value }) => [key, anyValueOf(value)]))
}

/** `value` is the name of the oneof in AnyValue: it tells the member that is set. */
export function anyValueOf(anyValue: unknown): unknown {
  const message = optional(anyValue)
  switch (message.value) {
    case undefined:
      return null
    case 'bytesValue':
      return new Uint8Array(message.bytesValue as Uint8Array) // so the .proto says
    case 'arrayValue':
      return list(optional(message.arrayValue).values).map(anyValueOf)
    case 'kvlistValue':
      return attributesOf(optional(message.kvlistValue).values)
    default:
      return message[String(message.value)]
  }
}

export function idOf(value: unknown): string {
  const bytes = Buffer.from(value as Uint8Array) // so the .proto says
  return bytes.every(byte => byte === 0) ? '' : bytes.toString('hex')
}
