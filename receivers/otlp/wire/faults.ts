import type { RejectReason } from '../../../pipeline/model/index.ts'

/**
 * Nothing of the request can be taken: its framing is broken, or it would grow past what we hold. Answered with
 * HTTP 400 or gRPC INVALID_ARGUMENT, since the same bytes can never be accepted. `message` is a sentence for the sender.
 */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError'
}

/**
 * Why one record cannot be held. Thrown inside a record, caught at its border; outside of a record it makes the whole
 * request malformed. The decoder throws the shared instances below: a hostile request can hold a million bad records,
 * and a stack trace for each of them would cost more than the decoding.
 */
export class RecordFault extends Error {
  override readonly name = 'RecordFault'
  readonly reason: RejectReason
  constructor(reason: RejectReason, message: string) {
    super(message)
    this.reason = reason
  }
}

const malformed = (message: string) => new RecordFault('malformed', message)
const outOfRange = (message: string) => new RecordFault('out_of_range', message)

export const TRUNCATED = malformed('a field reaches past the end of its message')
export const BAD_VARINT = malformed('a varint is longer than its type allows')
export const BAD_TAG = malformed('a field tag is invalid')
export const BAD_GROUP = malformed('a group is not closed by its own end tag')
export const WRONG_WIRE_TYPE = malformed('a known field has the wrong wire type')
export const BAD_PACKED = malformed('a packed field is not a whole number of values')
export const BAD_TRACE_ID = malformed('a trace id must be 16 bytes, in JSON 32 hex digits')
export const BAD_SPAN_ID = malformed('a span id must be 8 bytes, in JSON 16 hex digits')
export const NO_TRACE_ID = malformed('a span needs a trace id of 16 bytes that are not all zero')
export const NO_SPAN_ID = malformed('a span needs a span id of 8 bytes that are not all zero')
export const TWO_VALUES = malformed('a value is set in more than one way')
export const TWO_KINDS = malformed('a metric carries data of more than one kind')
export const WRONG_JSON_TYPE = malformed('a known field has the wrong JSON type')
export const BAD_NUMBER = malformed('a number is not written as its type demands')
export const BAD_BASE64 = malformed('a bytes value is not base64')
export const UNKNOWN_ENUM = malformed('an enum value has an unknown name')
export const TIME_OUT_OF_RANGE = outOfRange('a time is past the year 2262, the last that 64-bit nanoseconds can hold')
export const COUNT_OUT_OF_RANGE = outOfRange('a count is above 9223372036854775807')
export const NUMBER_OUT_OF_RANGE = outOfRange('a number does not fit its type')
export const TOO_DEEP = new RecordFault('too_deep', 'a value is nested deeper than the limit')
