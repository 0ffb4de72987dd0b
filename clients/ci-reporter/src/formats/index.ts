import { withoutColours } from '../error-text.ts'
import { isObject, objects, parseJson } from '../json.ts'
import { type Parsed, ReportFault } from '../parsed.ts'
import { parseBiome } from './biome.ts'
import { parseEslint } from './eslint.ts'
import { parseJest } from './jest.ts'
import { parseJunit } from './junit.ts'
import { parseNodeTest } from './node-test.ts'
import { parsePytest } from './pytest.ts'
import { parseTap } from './tap.ts'
import { parseTsc } from './tsc.ts'

const JSON_PARSERS = { vitest: parseJest, jest: parseJest, pytest: parsePytest, eslint: parseEslint, biome: parseBiome }
const TEXT_PARSERS = { 'node-test': parseNodeTestOrTap, junit: parseJunit, tsc: parseTsc }

export type Format = keyof typeof JSON_PARSERS | keyof typeof TEXT_PARSERS
// Object.keys forgets the type of the keys.
export const FORMATS = [...Object.keys(JSON_PARSERS), ...Object.keys(TEXT_PARSERS)].sort() as Format[]

export interface ParseOptions {
  /** Without it the text tells which it is. */
  readonly format?: Format | undefined
  /** Helps where the text says nothing: `tsc` that found nothing writes nothing. */
  readonly fileName?: string | undefined
}

/** Reads a report of any tool. Never throws: what cannot be read is in `faults`, with what to do about it. */
export function parseReport(text: string, { format, fileName }: ParseOptions = {}): Parsed & { format?: Format } {
  try {
    const known = format ?? detectFormat(text, fileName)
    return { ...parseAs(text.replace(/^\ufeff/, ''), known), format: known }
  } catch (error) {
    if (!(error instanceof ReportFault)) throw error
    return { tests: undefined, failures: [], lint: [], faults: [error.message] }
  }
}

function parseAs(text: string, format: Format): Parsed {
  if (format in TEXT_PARSERS) return TEXT_PARSERS[format as keyof typeof TEXT_PARSERS](text) // as `in` just said
  // Biome prints a notice before its JSON; the other tools begin with it.
  const start = format === 'biome' ? Math.max(0, text.indexOf('{')) : 0
  return JSON_PARSERS[format as keyof typeof JSON_PARSERS](parseJson(text.slice(start))) // it is one of the two
}

function parseNodeTestOrTap(text: string): Parsed {
  return text.trimStart().startsWith('{') ? parseNodeTest(text) : parseTap(text)
}

/** @throws ReportFault */
export function detectFormat(text: string, fileName = ''): Format {
  // trimStart() takes a byte order mark too.
  const start = text.slice(0, 4_096).trimStart()
  if (start.startsWith('<')) return 'junit'
  if (start.startsWith('{"format":"sensorium-node-test"') || start.startsWith('TAP version')) return 'node-test'
  if (start.startsWith('[') || start.startsWith('{')) return formatOfJson(text.replace(/^\ufeff/, ''))
  if (/\b(?:error|warning|message) TS\d+: /.test(withoutColours(text))) return 'tsc'
  if (/\btsc\b|typecheck/i.test(fileName)) return 'tsc'
  const inside = text.indexOf('\n{')
  if (inside >= 0 && text.slice(inside).includes('"diagnostics"')) return 'biome'
  throw new ReportFault(
    `${text.trim() === '' ? 'is empty' : 'is of no format that is known'}; --format names one: ${FORMATS.join(', ')}`,
  )
}

function formatOfJson(text: string): Format {
  const value = parseJson(text)
  if (Array.isArray(value)) return 'eslint'
  if (isObject(value)) {
    if (Array.isArray(value.testResults)) return objects(value.testResults).some(isOfJest) ? 'jest' : 'vitest'
    if (Array.isArray(value.diagnostics)) return 'biome'
    if (Array.isArray(value.tests) || isObject(value.summary)) return 'pytest'
  }
  throw new ReportFault(`is JSON of no tool that is known; --format names one: ${FORMATS.join(', ')}`)
}

/** Both are read alike; only jest counts the assertions of a test. */
function isOfJest(file: Readonly<Record<string, unknown>>): boolean {
  return objects(file.assertionResults).some(one => 'numPassingAsserts' in one || 'invocations' in one)
}
