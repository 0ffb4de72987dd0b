/** One thing wrong in a configuration file. All of them are reported at once. */
export interface Fault {
  readonly file: string
  /** 1-based; 0 where the fault has no place in the file (something is missing altogether). */
  readonly line: number
  readonly column: number
  /** Dotted path, such as `exporters.timescale.connections`. */
  readonly key: string
  readonly message: string
  /** What to do about it. */
  readonly suggestion?: string | undefined
}

/** `file:line:column  key: message (suggestion)`, one line per fault, in the order of the file. */
export function formatFaults(faults: readonly Fault[]): string {
  const sorted = [...faults].sort((a, b) => a.line - b.line || a.column - b.column)
  return sorted.map(formatFault).join('\n')
}

function formatFault(fault: Fault): string {
  const place = fault.line > 0 ? `${fault.file}:${fault.line}:${fault.column}` : fault.file
  const key = fault.key === '' ? '' : `${fault.key}: `
  const suggestion = fault.suggestion === undefined ? '' : `; ${fault.suggestion}`
  return `${place}  ${key}${fault.message}${suggestion}`
}

/** The known word that the user most likely meant, or `undefined` when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** "did you mean …?" where something is near, else the list of what is known. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  if (near !== undefined) return `did you mean ${near}?`
  return known.length === 0 ? 'nothing is known here' : `known: ${known.join(', ')}`
}

/** Levenshtein distance by the two-row method. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution))
    }
    previous = current
  }
  return previous[b.length]!
}
