import { FIRST_VARIABLE, PLACEHOLDERS } from './kinds.ts'
import { tokens } from './tokens.ts'

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
