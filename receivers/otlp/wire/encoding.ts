/** The two ways that OTLP is written. */
export type Encoding = 'protobuf' | 'json'
