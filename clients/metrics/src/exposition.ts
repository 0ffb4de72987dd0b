import type { Family } from './registry.ts'
import type { Series } from './series.ts'

/** What a scrape is answered with. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Prometheus' text format 0.0.4. Names lose what Prometheus has no room for, counters end in `_total`. Of two metrics
 * or series that are the same to Prometheus then, only the first is written, since it would refuse the whole scrape; a
 * comment at the end says how many were left out.
 */
export function exposition(families: Iterable<Family>): string {
  const taken = new Set<string>()
  let text = ''
  let leftOut = 0
  for (const family of families) {
    const name = familyName(family)
    const names = family.metric.type === 'histogram' ? [name, ...SUFFIXES.map(suffix => name + suffix)] : [name]
    if (names.some(other => taken.has(other))) {
      leftOut += family.series.size
      continue
    }
    for (const other of names) taken.add(other)
    const { description } = family.metric
    if (description !== undefined) text += `# HELP ${name} ${escapeHelp(description)}\n`
    text += `# TYPE ${name} ${family.metric.type}\n`
    const byLabels = new Map<string, Series>()
    for (const series of family.series.values()) {
      const labels = prometheusLabels(series.labels)
      if (byLabels.has(labels)) leftOut += 1
      else byLabels.set(labels, series)
    }
    for (const [labels, series] of byLabels) text += lines(name, labels, family, series)
  }
  return leftOut === 0 ? text : `${text}# ${leftOut} series left out: their names are taken in Prometheus' spelling\n`
}

const SUFFIXES = ['_bucket', '_sum', '_count']

function familyName({ metric }: Family): string {
  const name = metric.name.replace(/[^a-zA-Z0-9_]/g, '_')
  return metric.type === 'counter' && !name.endsWith('_total') ? `${name}_total` : name
}

function lines(name: string, labels: string, { bounds }: Family, { value, distribution }: Series): string {
  if (distribution === undefined) return `${name}${braced(labels)} ${value}\n`
  let text = ''
  let cumulative = 0
  for (const [i, count] of distribution.counts.entries()) {
    cumulative += count
    const bound = i < bounds.length ? String(bounds[i]) : '+Inf'
    text += `${name}_bucket${braced(`${labels}${labels === '' ? '' : ','}le="${bound}"`)} ${cumulative}\n`
  }
  text += `${name}_sum${braced(labels)} ${distribution.sum}\n`
  return `${text}${name}_count${braced(labels)} ${distribution.count}\n`
}

const braced = (labels: string) => (labels === '' ? '' : `{${labels}}`)

/** Labels whose names become the same are joined with `;`, as OpenTelemetry's compatibility rules say. */
function prometheusLabels(labels: Series['labels']): string {
  const byName = new Map<string, string>()
  for (const [name, value] of labels) {
    const safe = labelName(name)
    const before = byName.get(safe)
    byName.set(safe, before === undefined ? String(value) : `${before};${value}`)
  }
  return [...byName].map(([name, value]) => `${name}="${escapeValue(value)}"`).join(',')
}

/** `le` belongs to the histogram, names with two underscores in front to Prometheus. */
function labelName(name: string): string {
  const safe = name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_')
  return safe === 'le' || safe.startsWith('__') ? `exported_${safe.replace(/^_+/, '')}` : safe
}

const escapeHelp = (help: string) => help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeValue = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
