import type { SearchAnswer, SearchHit } from '../../store/search/index.ts'
import { shown } from './guard.ts'
import { wrapped } from './wrap.ts'

const MAX_LINE = 160
const MAX_PLACES = 4
const SEVERITIES = ['', 'trace', 'debug', 'info', 'warn', 'error', 'fatal']

/** An answer as people read it. Text from telemetry is cut, and its control characters are not sent to the terminal. */
export function searchText({ hits, notes }: SearchAnswer, columns = Number.POSITIVE_INFINITY): string {
  const blocks = hits.map((hit, i) => hitText(hit, i + 1, columns))
  if (hits.length === 0) blocks.push('nothing that is stored is about this')
  return [...blocks, ...notes.map(note => wrapped(`note: ${note}`, columns).join('\n'))].join('\n\n')
}

function hitText(hit: SearchHit, number: number, columns: number): string {
  const places = hit.services.slice(0, MAX_PLACES).map(place => `${oneLine(place.service) || '?'} ${place.records}×`)
  if (hit.services.length > MAX_PLACES) places.push(`and ${hit.services.length - MAX_PLACES} more`)
  const severity = SEVERITIES[Math.ceil(hit.severity_number / 4)] ?? ''
  const others = hit.group_members > 1 ? `, group of ${hit.group_members}: ${hit.group_id}` : ''
  const lines = [
    `${String(number).padStart(2)}. ${oneLine(hit.template)}`,
    `    ${[hit.kind, severity].filter(word => word !== '').join(', ')}  ${hit.records} records  ${time(hit.first_seen)} to ${time(hit.last_seen)}`,
    `    in ${places.join(', ')}`,
    `    fingerprint ${hit.fingerprint}${others}`,
    `    certainty ${hit.certainty}: found by ${reasons(hit)}`,
  ]
  const sample = hit.sample ?? ''
  if (sample !== '' && sample !== hit.template) lines.splice(1, 0, `    “${oneLine(sample)}”`)
  return lines.flatMap(line => wrapped(line, columns, '    ')).join('\n')
}

function reasons({ matched }: SearchHit): string {
  const ways = [
    matched.meaning && `meaning (no. ${matched.meaning.rank}, cosine ${matched.meaning.measure.toFixed(2)})`,
    matched.words && `words (no. ${matched.words.rank}, ${percent(matched.words.measure)} of the question)`,
    matched.names && `name (no. ${matched.names.rank})`,
    matched.letters && `letters (no. ${matched.letters.rank}, ${percent(matched.letters.measure)} in common)`,
  ]
  return ways.filter(way => way !== undefined).join(', ')
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function time(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`
}

function oneLine(text: string): string {
  const line = shown(text.replaceAll(/\s+/g, ' ')).trim()
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line
}
