/** `*.id` and the like: `*` stands for anything. The answer for a key is remembered. */
export function entityMatcher(patterns: readonly string[]): (key: string) => boolean {
  const alternatives = patterns.map(pattern =>
    pattern
      .split('*')
      .map(literal => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*'),
  )
  const expression = new RegExp(`^(?:${alternatives.join('|')})$`, 's')
  const known = new Map<string, boolean>()
  return key => {
    let isEntity = known.get(key)
    if (isEntity === undefined) {
      isEntity = patterns.length > 0 && key.length <= KEY_CHARS_MAX && expression.test(key)
      // Senders that make up keys must not fill our memory with them.
      if (known.size >= KEYS_MAX) known.clear()
      known.set(key, isEntity)
    }
    return isEntity
  }
}

const KEYS_MAX = 4_096
const KEY_CHARS_MAX = 255
