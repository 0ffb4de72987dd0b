// A hash that some bundler appended, by what it looks like: hexadecimal, or letters and digits in no human order.
const HEX = /^(?=.*\d)[0-9a-f]{6,}$/i
const LONG_HEX = /^[0-9a-f]{16,}$/i
const NUMBER = /^\d+$/
/** esbuild: eight of A–Z and 2–7. */
const BASE32 = /^[A-Z2-7]{8}$/
const MIXED = /^(?=.*\d)(?=.*[A-Z])[A-Za-z0-9]{6,}$/
/** Vite and Rollup: eight of base64url after a dash, with `-` and `_` among them. */
const VITE_LENGTH = 8

/** True of one part of a file or folder name that no human chose: a content hash, a build or a chunk number. */
export function isHash(part: string): boolean {
  return HEX.test(part) || LONG_HEX.test(part) || NUMBER.test(part) || BASE32.test(part) || MIXED.test(part)
}

/**
 * A file's name without what a build puts there: `main.3f2a9c1b.chunk.js` is `main`, `index-BxY_9aB2.js` is `index`,
 * `4523.js` is ''. Extensions go too: what runs is `cart.js` here and, source-mapped, `cart.ts` there.
 */
export function stripBuild(fileName: string): string {
  const stem = withoutExtensions(fileName)
  const tail = stem.length - VITE_LENGTH
  const name = tail > 1 && stem[tail - 1] === '-' && isViteHash(stem.slice(tail)) ? stem.slice(0, tail - 1) : stem
  return name
    .split(/([.~_-])/)
    .reduce(
      (kept, part, i, parts) =>
        i % 2 === 1 || isHash(part) ? kept : kept === '' ? part : `${kept}${parts[i - 1]}${part}`,
      '',
    )
    .replace(/^[.~_-]+|[.~_-]+$/g, '')
}

const EXTENSIONS =
  /\.(?:[cm]?[jt]sx?|bundle|chunk|min|prod|production|development|esm|umd|cjs|py[cw]?|rb|php|phtml|blade|vue|svelte|astro|html?|wasm|jsbundle|ios|android|rs|go|cs|java|kt|rake|erb|haml|slim|twig)$/i

function withoutExtensions(fileName: string): string {
  let name = fileName
  // At most a handful of extensions; the count bounds the work.
  for (let i = 0; i < 4; i++) {
    const shorter = name.replace(EXTENSIONS, '')
    if (shorter === name || shorter === '') break
    name = shorter
  }
  return name
}

/** Eight characters with capitals or digits among them, and more changes of case than a compound word has. */
function isViteHash(text: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return false
  const hasUpper = /[A-Z]/.test(text)
  if (/\d/.test(text)) return hasUpper || !/[-_]/.test(text)
  return hasUpper && (text.match(/[a-z_-][A-Z]/g)?.length ?? 0) >= 2
}
