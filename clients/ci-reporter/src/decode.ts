/** The first bytes of a text in UTF-16 that has no byte order mark: ASCII with zeros between. */
const WITHOUT_MARK: readonly (readonly [RegExp, string])[] = [
  [/^[\t-~]\0[\t-~]\0/, 'utf-16le'],
  [/^\0[\t-~]\0[\t-~]/, 'utf-16be'],
]
const MARKS: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
]
const DECLARED = /^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']/

/**
 * The text of a report: by its byte order mark (PowerShell redirects as UTF-16), else by the encoding that its XML
 * declares, else UTF-8. What is no UTF-8 all the same is read as Windows-1252, which names every byte, and told.
 */
export function decodeReport(bytes: Uint8Array): { readonly text: string; readonly faults: readonly string[] } {
  const mark = MARKS.find(([first]) => first.every((byte, i) => bytes[i] === byte))
  if (mark !== undefined) return { text: new TextDecoder(mark[1]).decode(bytes), faults: [] }
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 512))
  const wide = WITHOUT_MARK.find(([pattern]) => pattern.test(head))
  if (wide !== undefined) return { text: new TextDecoder(wide[1]).decode(bytes), faults: [] }
  const declared = DECLARED.exec(head)?.[1]
  // Read byte by byte so far, it cannot be what it declares.
  if (declared === undefined || /^utf-?(?:8|16|32)/i.test(declared)) return utf8(bytes)
  try {
    return { text: new TextDecoder(declared).decode(bytes), faults: [] }
  } catch {
    const { text, faults } = utf8(bytes)
    return { text, faults: [`declares the encoding ${declared}, which is not known`, ...faults] }
  }
}

function utf8(bytes: Uint8Array): { readonly text: string; readonly faults: readonly string[] } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), faults: [] }
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes)
    // A text that is UTF-8 but for a few bytes stays so: a test may print anything.
    const isMostly = /[\u0080-\ufffc]/.test(text)
    return {
      text: isMostly ? text : new TextDecoder('windows-1252').decode(bytes),
      faults: ['has bytes that are not UTF-8, and does not say what they are'],
    }
  }
}
