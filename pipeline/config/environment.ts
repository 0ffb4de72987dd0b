/** The process environment, handed in by the entry point. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface Expanded {
  readonly text: string
  readonly faults: readonly { message: string; suggestion: string }[]
}

const REFERENCE = /\$(?:\$|\{([^}]*)\}|([A-Za-z_]\w*))/g
const ENV = /^env:([A-Za-z_]\w*)(?::-(.*))?$/s

export function holdsReference(text: string): boolean {
  return text.includes('$')
}

/**
 * The Collector's substitution: `${env:NAME}`, `${env:NAME:-default}`, and `$$` for a dollar sign. A variable that is
 * set but empty counts as set, except before `:-`, as in the shell. An unset one without a default is a fault here
 * (the Collector puts nothing in its place): a forgotten secret must not become an empty one.
 */
export function expand(text: string, environment: Environment): Expanded {
  const faults: { message: string; suggestion: string }[] = []
  const expanded = text.replace(REFERENCE, (whole, braced: string | undefined, bare: string | undefined) => {
    if (whole === '$$') return '$'
    if (bare !== undefined) {
      faults.push({ message: `"${whole}" is not a reference`, suggestion: `write \${env:${bare}}, or $$ for a $` })
      return whole
    }
    const match = ENV.exec(braced ?? '')
    if (match === null) {
      const name = /^\w+$/.test(braced ?? '') ? braced : 'NAME'
      faults.push({ message: `"${whole}" is not a reference`, suggestion: `write \${env:${name}}` })
      return whole
    }
    const name = match[1]!
    const fallback = match[2]
    const value = environment[name]
    if (value !== undefined && (value !== '' || fallback === undefined)) return value
    if (fallback !== undefined) return fallback
    faults.push({
      message: `the environment variable ${name} is not set`,
      suggestion: `set it, or give a default: \${env:${name}:-…}`,
    })
    return ''
  })
  return { text: expanded, faults }
}
