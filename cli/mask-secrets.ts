const SECRET_KEY = /(?:token|password|secret|authorization|api_?key|private_?key)s?$/i
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^/?#:@]*):[^/?#@]*@/i

/** A copy of a configuration that may be shown: secrets by key name, and passwords inside URLs, become `***`. */
export function maskSecrets(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map(item => maskSecrets(item, key))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskSecrets(inner, name)]))
  }
  if (value === undefined || value === null) return value
  // A switch such as require_token hides nothing.
  if (SECRET_KEY.test(key) && typeof value !== 'boolean') return '***'
  return typeof value === 'string' ? value.replace(URL_PASSWORD, '$1:***@') : value
}
