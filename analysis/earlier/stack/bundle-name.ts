// What bundlers append, by what it looks like: hexadecimal, numbers, or letters and digits in no human order.
const HEX = /^(?=.*\d)[0-9a-f]{6,}$/i
const LONG_HEX = /^[0-9a-f]{16,}$/i
const NUMBER = /^\d+$/
/** esbuild: eight of A–Z and 2–7. */
const BASE32 = /^[A-Z2-7]{8}$/
/** Vite and Rollup: eight of base64url after a dash, with `-` and `_` among them. */
const VITE_LENGTH = 8
const MIN_MIXED_CHARS = 6
/** Of a hash's characters most are of another kind (small, capital, digit) than the one before; of a name's, few. */
const MIN_MIXED_CHANGES = 0.5

const EXTENSION =
  /\.(?:[cm]?[jt]sx?|bundle|chunk|min|prod|production|development|esm|umd|jsbundle|py[cw]?|rb|php|phtml|blade|vue|svelte|astro|html?|wasm|ios|android|rs|go|cs|java|kt|rake|erb|haml|slim|twig)$/i
/** `main.3f2a.chunk.min.js` has three; the bound bounds the work. */
const MAX_EXTENSIONS = 4

/**
 * A script's name without what a build puts there: `main.3f2a9c1b.chunk.js` is `main.chunk.js`, `index-BxY_9aB2.js` is
 * `index.js`, and `4523.js`, which is nothing but a number, is `*.js`.
 */
export function withoutHashes(fileName: string): string {
  const stem = withoutExtensions(fileName)
  const extensions = fileName.slice(stem.length)
  const tail = stem.length - VITE_LENGTH
  const name = tail > 1 && stem[tail - 1] === '-' && isViteHash(stem.slice(tail)) ? stem.slice(0, tail - 1) : stem
  let kept = ''
  let separator = ''
  for (const [i, part] of name.split(/([.~_-])/).entries()) {
    if (i % 2 === 1) separator = part
    else if (part !== '' && !isHash(part) && !(kept !== '' && BASE32.test(part))) {
      // `_app` keeps its underscore; what a hash stood before does not keep the dash between them.
      kept += kept === '' && separator !== '_' ? part : separator + part
    }
  }
  // A name that was nothing but a number or a hash.
  return (kept === '' && stem !== '' ? '*' : kept) + extensions
}

/** What runs is `cart.js` here and, source-mapped, `cart.ts` there. */
export function withoutExtensions(fileName: string): string {
  let name = fileName
  for (let i = 0; i < MAX_EXTENSIONS; i++) {
    const shorter = name.replace(EXTENSION, '')
    if (shorter === name || shorter === '') break
    name = shorter
  }
  return name
}

/** True of one part of a script's or a folder's name that no human chose: a content hash, a build or a chunk number. */
export function isHash(part: string): boolean {
  return HEX.test(part) || LONG_HEX.test(part) || NUMBER.test(part) || isMixed(part)
}

function isMixed(part: string): boolean {
  if (part.length < MIN_MIXED_CHARS || !/^[A-Za-z0-9]+$/.test(part) || !/\d/.test(part)) return false
  let changes = 0
  for (let i = 1; i < part.length; i++) if (kindOf(part[i]!) !== kindOf(part[i - 1]!)) changes++
  return changes / part.length > MIN_MIXED_CHANGES
}

function kindOf(char: string): 'digit' | 'capital' | 'small' {
  return char <= '9' ? 'digit' : char <= 'Z' ? 'capital' : 'small'
}

/** Eight characters with capitals and digits among them, or with more changes of case than a compound word has. */
function isViteHash(text: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return false
  const hasCapital = /[A-Z]/.test(text)
  if (/\d/.test(text)) return hasCapital || !/[-_]/.test(text)
  return hasCapital && (text.match(/[a-z_-][A-Z]/g)?.length ?? 0) >= 2
}
