import type { LogRecord } from '../../../../pipeline/model/index.ts'
import type { Budget } from '../budget.ts'
import type { Origin } from '../record.ts'
import { field, object } from './objects.ts'
import { enumeration, idIfValid, text, time, uint32 } from './scalars.ts'
import { readAnyValue, readAttributes } from './values.ts'

/** SEVERITY_NUMBER_TRACE, …TRACE2 … up to …FATAL4 are 1 to 24, four for each level. */
const SEVERITIES = new Map<string, number>([['SEVERITY_NUMBER_UNSPECIFIED', 0]])
for (const [i, level] of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].entries()) {
  for (const [step, suffix] of ['', '2', '3', '4'].entries()) {
    SEVERITIES.set(`SEVERITY_NUMBER_${level}${suffix}`, i * 4 + step + 1)
  }
}

/** A logs.v1.LogRecord. @throws RecordFault */
export function readLogRecord(value: unknown, from: Origin, budget: Budget): LogRecord {
  const message = object(value)
  return {
    resource: from.resource,
    scope: from.scope,
    timeUnixNano: time(field(message, 'timeUnixNano', 'time_unix_nano')),
    observedTimeUnixNano: time(field(message, 'observedTimeUnixNano', 'observed_time_unix_nano')),
    severityNumber: enumeration(field(message, 'severityNumber', 'severity_number'), SEVERITIES),
    severityText: text(field(message, 'severityText', 'severity_text')),
    body: readAnyValue(field(message, 'body'), budget),
    attributes: readAttributes(field(message, 'attributes'), budget),
    droppedAttributesCount: uint32(field(message, 'droppedAttributesCount', 'dropped_attributes_count')),
    flags: uint32(field(message, 'flags')),
    traceId: idIfValid(field(message, 'traceId', 'trace_id'), 16),
    spanId: idIfValid(field(message, 'spanId', 'span_id'), 8),
    eventName: text(field(message, 'eventName', 'event_name')),
  }
}
