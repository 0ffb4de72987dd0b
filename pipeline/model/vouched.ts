/** `payment.*` admits `payment.made`; a name without the star admits itself alone. */
export function isAmong(patterns: readonly string[], name: string): boolean {
  return patterns.some(pattern => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern))
}
