import type { OpenError, RawFrame } from '../parsed.ts'
import { parseJava } from './java.ts'
import { placeOf } from './php-internals.ts'

const FRAME = /^\s*at [^(]*(?:\{closure[^}]{0,300}\})?\([^()]*\.php(?::\d+)?\)\s*$/

/** True of the form that OpenTelemetry's SDK for PHP gives to traces: Java's, with the names of PHP's files. */
export function isOpenTelemetryPhp(line: string): boolean {
  return FRAME.test(line)
}

/**
 * PHP as OpenTelemetry's SDK writes it (`StackTraceFormatter`): `at App.Cart.total(Cart.php:12)`, causes as Java has
 * them. Dots stand for backslashes, files have no folders, and each function is already at its own place.
 */
export function parseOpenTelemetryPhp(lines: readonly string[]): OpenError | undefined {
  const outermost = parseJava(lines)
  for (let error = outermost; error !== undefined; error = error.cause) {
    error.type = error.type.replaceAll('.', '\\')
    for (const [i, frame] of error.frames.entries()) error.frames[i] = phpFrame(frame)
    const [innermost, caller] = error.frames
    if (innermost !== undefined && caller !== undefined)
      error.frames[0] = { ...innermost, ...placeOf(innermost, innermost, caller) }
  }
  return outermost
}

/** The class may hold a closure's own namespaces: `App.Cart.App.{closure}` is a closure in `App\Cart`. */
function phpFrame(frame: RawFrame): RawFrame {
  const file = frame.file === 'Unknown Source' ? '[internal function]' : frame.file
  const name = `${frame.owner === '' ? '' : `${frame.owner}.`}${frame.name}`
  const closure = name.indexOf('{')
  if (closure >= 0) return { ...frame, file, owner: '', name: name.slice(closure).replaceAll('.', '\\') }
  return { ...frame, file, owner: frame.owner.replaceAll('.', '\\') }
}
