/**
 * Which attributes name a thing: `*.id` and the like, `*` stands for anything, and `!` before a pattern takes those out
 * again. The answer for a key is remembered. The database's function `is_entity_key` says the same.
 */
export function entityMatcher(patterns: readonly string[]): (key: string) => boolean {
  const wanted = expressionOf(patterns.filter(pattern => !pattern.startsWith('!')))
  const unwanted = expressionOf(patterns.filter(pattern => pattern.startsWith('!')).map(pattern => pattern.slice(1)))
  const known = new Map<string, boolean>()
  return key => {
    let isEntity = known.get(key)
    if (isEntity === undefined) {
      isEntity = key.length <= KEY_CHARS_MAX && wanted.test(key) && !unwanted.test(key)
      // Senders that make up keys must not fill our memory with them.
      if (known.size >= KEYS_MAX) known.clear()
      known.set(key, isEntity)
    }
    return isEntity
  }
}

/** Of no pattern it is one that nothing fits. */
function expressionOf(patterns: readonly string[]): RegExp {
  if (patterns.length === 0) return /(?!)/
  const alternatives = patterns.map(pattern =>
    pattern
      .split('*')
      .map(literal => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*'),
  )
  return new RegExp(`^(?:${alternatives.join('|')})$`, 's')
}

const KEYS_MAX = 4_096
const KEY_CHARS_MAX = 255
