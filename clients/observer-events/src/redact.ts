const REDACTED = '[redacted]'

/**
 * Names under which people keep secrets, whatever the case and the separators. A name that ends in `token` is one;
 * `max_tokens` and `token_count` are not.
 */
const SECRET_NAME =
  /pass(?:word|wd|phrase)|secret|(?:^|_)(?:pin|pwd|cvv|cvc|ssn|otp|jwt)(?:$|_)|api_?key|private_?key|access_?key|(?:^|_|auth|access|refresh|id|session|csrf|xsrf)token$|authorization|^auth$|cookie|credential|bearer/

/**
 * Values that are secrets under any name: bearer and basic headers, JSON web tokens, keys of well-known makers, keys in
 * PEM. What follows `Basic` counts only where it looks encoded, and what follows `Bearer` unless it is a word of the
 * trade: "Basic authentication failed" is a message.
 */
const SECRET_VALUES = [
  /\bbearer\s+(?!auth|token|credential|scheme|realm)[\w.~+/=-]{8,}/gi,
  /\b[Bb]asic\s+[\w+/](?=[a-z+/]*[A-Z\d=])[\w+/]{7,}=*/g,
  /\beyJ[\w-]{8,2048}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
] as const

/** `scheme://user:SECRET@host`: what stands before the secret is kept, as it tells which server it was. */
const URL_PASSWORD = /(:\/\/[^\s:@/]{0,256}:)[^\s@/]{1,256}@/g

export function isSecretName(key: string): boolean {
  const name = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[-.\s]/g, '_')
  return SECRET_NAME.test(name)
}

/** The text without what looks like a secret. */
export function withoutSecrets(text: string): string {
  let clean = text.replace(URL_PASSWORD, `$1${REDACTED}@`)
  for (const pattern of SECRET_VALUES) clean = clean.replace(pattern, REDACTED)
  return clean
}
