import type {
  Attributes,
  Batch,
  Exemplar,
  LogRecord,
  Metric,
  MetricPoint,
  Resource,
  Scope,
  Span,
  SpanEvent,
  SpanLink,
} from '../../pipeline/model/index.ts'
import type { ValueRedactor } from './values.ts'

/**
 * The batch with everything that is sensitive replaced. What holds nothing sensitive is the same object as before, up
 * to the batch itself. What is shared by records (resource, scope, metric) is looked at once.
 */
export function redactBatch(batch: Batch, redactor: ValueRedactor): Batch {
  const resources = once<Resource>(resource => withAttributes(resource, redactor))
  const scopes = once<Scope>(scope => withTexts(withAttributes(scope, redactor), ['name', 'version'], redactor))
  switch (batch.signal) {
    case 'traces': {
      const items = mapChanged(batch.items, span =>
        redactSpan(span, resources(span.resource), scopes(span.scope), redactor),
      )
      return items === batch.items ? batch : { ...batch, items }
    }
    case 'logs': {
      const items = mapChanged(batch.items, log => redactLog(log, resources(log.resource), scopes(log.scope), redactor))
      return items === batch.items ? batch : { ...batch, items }
    }
    case 'metrics': {
      const metrics = once<Metric>(metric => {
        const metadata = redactor.attributes(metric.metadata)
        const same = metadata === metric.metadata ? metric : { ...metric, metadata }
        return withTexts(same, ['name', 'unit', 'description'], redactor)
      })
      const items = mapChanged(batch.items, point =>
        redactPoint(point, resources(point.resource), scopes(point.scope), metrics(point.metric), redactor),
      )
      return items === batch.items ? batch : { ...batch, items }
    }
  }
}

function redactSpan(span: Span, resource: Resource, scope: Scope, redactor: ValueRedactor): Span {
  const name = redactor.text(span.name)
  const statusMessage = redactor.text(span.statusMessage)
  const traceState = redactor.text(span.traceState)
  const attributes = redactor.attributes(span.attributes)
  const events = mapChanged(span.events, event => redactEvent(event, redactor))
  const links: readonly SpanLink[] = mapChanged(span.links, link =>
    withTexts(withAttributes(link, redactor), ['traceState'], redactor),
  )
  const same =
    resource === span.resource &&
    scope === span.scope &&
    name === span.name &&
    statusMessage === span.statusMessage &&
    traceState === span.traceState &&
    attributes === span.attributes &&
    events === span.events &&
    links === span.links
  return same ? span : { ...span, resource, scope, name, statusMessage, traceState, attributes, events, links }
}

function redactEvent(event: SpanEvent, redactor: ValueRedactor): SpanEvent {
  const name = redactor.text(event.name)
  const attributes = redactor.attributes(event.attributes)
  return name === event.name && attributes === event.attributes ? event : { ...event, name, attributes }
}

function redactLog(log: LogRecord, resource: Resource, scope: Scope, redactor: ValueRedactor): LogRecord {
  const body = redactor.value(log.body)
  const attributes = redactor.attributes(log.attributes)
  const same = resource === log.resource && scope === log.scope && body === log.body && attributes === log.attributes
  return withTexts(same ? log : { ...log, resource, scope, body, attributes }, ['eventName', 'severityText'], redactor)
}

function redactPoint(
  point: MetricPoint,
  resource: Resource,
  scope: Scope,
  metric: Metric,
  redactor: ValueRedactor,
): MetricPoint {
  const attributes = redactor.attributes(point.attributes)
  const exemplars = mapChanged(point.exemplars, exemplar => redactExemplar(exemplar, redactor))
  const same =
    resource === point.resource &&
    scope === point.scope &&
    metric === point.metric &&
    attributes === point.attributes &&
    exemplars === point.exemplars
  return same ? point : { ...point, resource, scope, metric, attributes, exemplars }
}

function redactExemplar(exemplar: Exemplar, redactor: ValueRedactor): Exemplar {
  const filteredAttributes = redactor.attributes(exemplar.filteredAttributes)
  return filteredAttributes === exemplar.filteredAttributes ? exemplar : { ...exemplar, filteredAttributes }
}

function withAttributes<T extends { readonly attributes: Attributes }>(part: T, redactor: ValueRedactor): T {
  const attributes = redactor.attributes(part.attributes)
  return attributes === part.attributes ? part : { ...part, attributes }
}

/** `part` with some of its own texts looked at. */
function withTexts<K extends string, T extends { readonly [Key in K]: string }>(
  part: T,
  keys: readonly K[],
  redactor: ValueRedactor,
): T {
  let changed = part
  for (const key of keys) {
    const text = redactor.text(part[key])
    if (text !== part[key]) changed = { ...changed, [key]: text }
  }
  return changed
}

/** The same array where `change` gave back every item as it was. */
function mapChanged<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let changed: T[] | undefined
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    const next = change(item)
    if (next !== item) {
      changed ??= items.slice()
      changed[i] = next
    }
  }
  return changed ?? items
}

/** `change` for objects that come again and again, mostly one after the other. */
function once<T extends object>(change: (part: T) => T): (part: T) => T {
  const known = new Map<T, T>()
  let last: T | undefined
  let lastChanged: T | undefined
  return part => {
    if (part === last) return lastChanged!
    let changed = known.get(part)
    if (changed === undefined) {
      changed = change(part)
      known.set(part, changed)
    }
    last = part
    lastChanged = changed
    return changed
  }
}
