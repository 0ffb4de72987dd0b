import { addNumber, addText, finishHash, joined, lanes, startHash } from './hash64.ts'
import { FIRST_VARIABLE, type Kind } from './kinds.ts'
import { scan } from './scanner.ts'
import { templateText } from './template.ts'
import { tokens } from './tokens.ts'

/** Marks in the hash; above every code unit, so that no text can look like them. */
const SPACE_MARK = 0x10000
const VARIABLE_MARK = 0x20000

/** Hashes the template of the message that was scanned last into `lanes`; its text is not needed for that. */
function hashTokens(message: string): void {
  startHash()
  for (let index = 0; index < tokens.length; index++) {
    const kind: Kind = tokens.kinds[index]!
    if (index > 0 && tokens.spaced[index] === 1) addNumber(SPACE_MARK)
    if (kind < FIRST_VARIABLE) addText(message, tokens.starts[index]!, tokens.ends[index]!)
    else addNumber(VARIABLE_MARK + kind)
  }
  finishHash()
}

/** The id and the template of a message. */
export function fingerprintOf(message: string): { readonly id: bigint; readonly template: string } {
  scan(message)
  hashTokens(message)
  return { id: joined(lanes.high, lanes.low), template: templateText(message) }
}
