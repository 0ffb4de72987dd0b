import { type Parsed, ReportFault } from '../parsed.ts'
import { parseJest } from './jest.ts'
import { parseJunit } from './junit.ts'
import { parseBiome, parseEslint, parseTsc } from './lint.ts'
import { parseNodeTest } from './node-test.ts'
import { parsePytest } from './pytest.ts'

const PARSERS = {
  vitest: parseJest,
  jest: parseJest,
  'node-test': parseNodeTest,
  junit: parseJunit,
  pytest: parsePytest,
  tsc: parseTsc,
  eslint: parseEslint,
  biome: parseBiome,
} as const
export type Format = keyof typeof PARSERS
export const FORMATS = Object.keys(PARSERS) as Format[] // Object.keys forgets the type of the keys

/** Reads a report. Without `format` the text tells which it is. @throws ReportFault */
export function parseReport(text: string, format?: Format): Parsed {
  return PARSERS[format ?? detectFormat(text)](text)
}

export function detectFormat(text: string): Format {
  const start = text.slice(0, 4_096).trimStart()
  if (start.startsWith('<')) return 'junit'
  if (start.startsWith('{"format":"sensorium-node-test"')) return 'node-test'
  if (start.startsWith('[')) return 'eslint'
  if (/^\{[\s\S]*"testResults"/.test(text)) return 'vitest'
  if (/^\{[\s\S]*"diagnostics"/.test(text)) return 'biome'
  if (/^\{[\s\S]*"tests"/.test(text)) return 'pytest'
  if (/\b(?:error|warning) TS\d+: /.test(text)) return 'tsc'
  throw new ReportFault(`is of no format that is known; name it with --format: ${FORMATS.join(', ')}`)
}
