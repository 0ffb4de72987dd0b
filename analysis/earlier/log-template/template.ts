import { FIRST_VARIABLE, PLACEHOLDERS, TRUNCATED, type VariableName, variableName } from './kinds.ts'
import { scan } from './scanner.ts'
import { tokens } from './tokens.ts'

/** What varies in one message: the value as it stood there, and what kind of value it is. */
export interface Parameter {
  readonly kind: VariableName
  readonly value: string
}

/** A message taken apart: the template, and in its order what stood in the placeholders. */
export interface LogTemplate {
  readonly template: string
  readonly parameters: readonly Parameter[]
}

/** The template of a message, `Took <duration> to load <path>`, and its parameters. Pure; never throws. */
export function templateOf(message: string): LogTemplate {
  scan(message)
  const parameters: Parameter[] = []
  for (let index = 0; index < tokens.length; index++) {
    const kind = tokens.kinds[index]!
    if (kind < FIRST_VARIABLE || kind === TRUNCATED) continue
    parameters.push({ kind: variableName(kind), value: message.slice(tokens.starts[index], tokens.ends[index]) })
  }
  return { template: templateText(message), parameters }
}

/** The template's text, from the tokens of the scan of `message` that was just made. */
export function templateText(message: string): string {
  let text = ''
  for (let index = 0; index < tokens.length; index++) {
    const kind = tokens.kinds[index]!
    if (index > 0 && tokens.spaced[index] === 1) text += ' '
    text += kind < FIRST_VARIABLE ? message.slice(tokens.starts[index], tokens.ends[index]) : PLACEHOLDERS[kind]!
  }
  return text
}
