import type { Exemplar, ExponentialHistogramValue, PointValue, SummaryValue } from '../../../pipeline/model/index.ts'
import { UnstorableError } from '../copy-buffer.ts'
import type { JsonWriter } from '../json.ts'

/** What the column `buckets` begins with. */
export function bucketsText(value: PointValue): string {
  if (value.kind === 'histogram') return countsText(value.bucketCounts, 'bucket_counts')
  return value.kind === 'exponential_histogram' ? exponentialText(value) : ''
}

/** scale;zero_count;zero_threshold;offset;positive counts;offset;negative counts */
function exponentialText(value: ExponentialHistogramValue): string {
  const { scale, zeroCount, zeroThreshold, positive, negative } = value
  return [
    scale,
    storable(zeroCount, 'zero_count'),
    zeroThreshold,
    positive.offset,
    countsText(positive.bucketCounts, 'positive.bucket_counts'),
    negative.offset,
    countsText(negative.bucketCounts, 'negative.bucket_counts'),
  ].join(';')
}

const BIGINT_MAX = 2n ** 63n - 1n

function storable(count: bigint, name: string): bigint {
  if (count > BIGINT_MAX) throw new UnstorableError(`${name} is ${count}, beyond 2^63 - 1`)
  return count
}

/**
 * As text, a count of a few digits takes a third of what it does in an array of bigint, and PostgreSQL reads it as fast.
 * Zeros at the end, which histograms are full of, are a number of them.
 */
function countsText(counts: readonly bigint[], name: string): string {
  let { length } = counts
  while (length > 0 && counts[length - 1] === 0n) length -= 1
  let text = ''
  for (let i = 0; i < length; i++) {
    // The index is below the length.
    const count = counts[i] as bigint
    text += i === 0 ? `${storable(count, name)}` : `,${storable(count, name)}`
  }
  return length === counts.length ? text : `${text}*${counts.length - length}`
}

/** JSON of what few points have. */
export function writeDetails(
  json: JsonWriter,
  exemplars: readonly Exemplar[],
  quantiles: SummaryValue['quantiles'] | undefined,
): void {
  json.literal('{')
  if (exemplars.length > 0) {
    json.literal('"exemplars":')
    writeExemplars(json, exemplars)
  }
  if (quantiles !== undefined) {
    json.literal(exemplars.length > 0 ? ',"quantile_values":[' : '"quantile_values":[')
    quantiles.forEach(({ quantile, value }, i) => {
      json.literal(i === 0 ? '{"quantile":' : ',{"quantile":')
      json.number(quantile)
      json.literal(',"value":')
      json.number(value)
      json.literal('}')
    })
    json.literal(']')
  }
  json.literal('}')
}

function writeExemplars(json: JsonWriter, exemplars: readonly Exemplar[]): void {
  exemplars.forEach((exemplar, i) => {
    json.literal(i === 0 ? '[{"time_unix_nano":' : ',{"time_unix_nano":')
    json.integer(exemplar.timeUnixNano)
    json.literal(',"value":')
    json.value(exemplar.value)
    json.literal(',"trace_id":')
    json.string(exemplar.traceId)
    json.literal(',"span_id":')
    json.string(exemplar.spanId)
    json.literal(',"filtered_attributes":')
    json.attributes(exemplar.filteredAttributes)
    json.literal('}')
  })
  json.literal(']')
}
