/** `value` with everything in it made unchangeable, so that a component that writes to its input throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Uint8Array) return value // cannot be frozen; a comparison with a copy finds changes
  if (value instanceof Map) {
    for (const entry of value) entry.forEach(deepFreeze)
    for (const method of ['set', 'delete', 'clear']) {
      Object.defineProperty(value, method, {
        value: () => {
          throw new TypeError(`a component called ${method} on a map of its input`)
        },
      })
    }
  } else Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
