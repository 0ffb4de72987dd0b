import { type Parsed, ReportFault } from '../parsed.ts'
import { bazel } from './bazel.ts'
import { biome } from './biome.ts'
import { cargoTest } from './cargo-test.ts'
import { checkstyle } from './checkstyle.ts'
import { ctest } from './ctest.ts'
import { cucumber } from './cucumber.ts'
import { eslint } from './eslint.ts'
import { goTest } from './go-test.ts'
import { jest, vitest } from './jest.ts'
import { junit } from './junit.ts'
import { libtest } from './libtest.ts'
import { lintFormats } from './lint-json.ts'
import { lintText } from './lint-text.ts'
import { mocha } from './mocha.ts'
import { mochawesome } from './mochawesome.ts'
import { nodeTest } from './node-test.ts'
import { nunit } from './nunit.ts'
import { oxlint } from './oxlint.ts'
import { playwright } from './playwright.ts'
import { pytest } from './pytest.ts'
import { robot } from './robot.ts'
import { rspec } from './rspec.ts'
import { sarif } from './sarif.ts'
import { type FormatDefinition, type Source, sourceOf } from './source.ts'
import { stylish } from './stylish.ts'
import { tap } from './tap.ts'
import { testng } from './testng.ts'
import { trx } from './trx.ts'
import { tsc } from './tsc.ts'
import { xunit } from './xunit.ts'

const DEFINITIONS = {
  bazel,
  biome,
  'cargo-test': cargoTest,
  checkstyle,
  ctest,
  cucumber,
  eslint,
  'eslint-stylish': stylish,
  'go-test': goTest,
  jest,
  junit,
  libtest,
  'lint-text': lintText,
  mocha,
  mochawesome,
  'node-test': nodeTest,
  nunit,
  oxlint,
  playwright,
  pytest,
  robot,
  rspec,
  sarif,
  tap,
  testng,
  trx,
  tsc,
  vitest,
  xunit,
  ...lintFormats,
} satisfies Readonly<Record<string, FormatDefinition>>

export type Format = keyof typeof DEFINITIONS
// Object.keys forgets the type of the keys.
export const FORMATS = (Object.keys(DEFINITIONS) as Format[]).sort()

/** How each format is known, as the documentation has it. */
export const FINGERPRINTS: readonly (readonly [Format, string])[] = FORMATS.map(name => [
  name,
  DEFINITIONS[name].fingerprint,
])

export interface ParseOptions {
  /** Without it the text tells which it is. */
  readonly format?: Format | undefined
  /** Helps where the text says nothing: `tsc` that found nothing writes nothing. */
  readonly fileName?: string | undefined
}

/**
 * Reads a report of any tool. Never throws: what cannot be read is in `faults`, with what to do about it. A report is
 * read as what it surely is: of no format, or of two, it is refused.
 */
export function parseReport(text: string, { format, fileName }: ParseOptions = {}): Parsed & { format?: Format } {
  try {
    const source = sourceOf(text, fileName)
    const known = format === undefined ? detectFormat(source) : checked(source, format)
    return { ...DEFINITIONS[known].parse(source), format: known }
  } catch (error) {
    if (!(error instanceof ReportFault)) throw error
    return { tests: undefined, failures: [], lint: [], faults: [error.message] }
  }
}

const HOW = `--format names one: ${FORMATS.join(', ')}`

/** @throws ReportFault */
function checked(source: Source, format: Format): Format {
  // TAP of node:test was read under this name.
  const asked = format === 'node-test' && !nodeTest.isOf(source) && tap.isOf(source) ? 'tap' : format
  if (DEFINITIONS[asked].isOf(source)) return asked
  if (source.text.trim() === '' && asked === 'tsc') return asked
  // An array without findings is of any linter that writes one.
  if (isEmptyList(source) && LISTS.has(asked)) return asked
  const why =
    source.text.trim() === ''
      ? 'is empty'
      : (source.fault ?? `is none of ${format}: that is ${DEFINITIONS[asked].fingerprint}`)
  throw new ReportFault(why)
}

/** Tools that write a list: an empty one is of any of them. */
const LISTS: ReadonlySet<Format> = new Set<Format>([
  ...['cucumber', 'eslint', 'ruff', 'stylelint', 'pylint', 'swiftlint', 'shellcheck', 'codeclimate'],
] as Format[])

function isEmptyList({ json }: Source): boolean {
  return Array.isArray(json) && json.length === 0
}

/** @throws ReportFault */
function detectFormat(source: Source): Format {
  if (isEmptyList(source)) {
    const named = FORMATS.filter(name => LISTS.has(name) && source.fileName.toLowerCase().includes(name))
    if (named.length === 1) return named[0]!
    throw new ReportFault(
      `is an empty list, as ${[...LISTS].join(', ')} write it: --format, or the file’s name, tells which`,
    )
  }
  const all = FORMATS.filter(name => DEFINITIONS[name].isOf(source))
  // Lines of a compiler may stand in the output of any tool.
  const found = all.length > 1 ? all.filter(name => name !== 'lint-text') : all
  if (found.length === 1) return found[0]!
  if (found.length > 1) throw new ReportFault(`may be of ${found.join(' or of ')}; ${HOW}`)
  if (source.text.trim() === '') throw new ReportFault(`is empty; ${HOW}`)
  if (source.fault !== undefined) throw new ReportFault(source.fault)
  const root = source.xml?.roots[0]
  if (root !== undefined)
    throw new ReportFault(`begins with <${root.name.slice(0, 40)}>, which is of no format that is known; ${HOW}`)
  const isJson = source.json !== undefined || source.lines.length > 0
  throw new ReportFault(`is ${isJson ? 'JSON of no tool' : 'of no format'} that is known; ${HOW}`)
}
