import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { fileIdentity, normalisePath } from '../path.ts'

const RUNTIME =
  /^(?:std|core|alloc|proc_macro|test|__rustc|rust_begin_unwind|rust_panic|__rust_\w+|_?main$|_start$|__libc_start\w*|start_thread$|clone3?$|__clone|__pthread\w*|_pthread\w*|thread_start$|BaseThreadInitThunk|RtlUserThreadStart|invoke_main|<unknown>|backtrace)(?:::|$)/
const DEPENDENCY =
  /^(?:actix\w*|anyhow|async_std|axum\w*|bytes|clap\w*|color_eyre|crossbeam\w*|diesel\w*|eyre|futures\w*|h2|hyper\w*|lapin|mio|opentelemetry\w*|poem|prost|rayon\w*|rdkafka|redis|regex|reqwest|rocket|rustls|sea_orm|serde\w*|smol|sqlx\w*|tarpc|tokio\w*|tonic|tower\w*|tracing\w*|tungstenite|warp)::/
const INSTALLED = /\/registry\/src\/|\/rustc\/[0-9a-f]{6,}|\/\.cargo\/git\/|\/rustlib\/|\/vendor\//

/** Rust: a function is known by its path in the crate, whatever the mangling left of hashes and type arguments. */
export function rustFrame(raw: RawFrame): FrameParts {
  const segments = segmentsOf(raw.name)
  const file = raw.file.replaceAll('\\', '/')
  const path = normalisePath(file)
  const name = segments.at(-1) ?? ''
  const place = segments.length > 1 ? segments.slice(0, -1).join('::') : fileIdentity(path)
  return {
    origin: originOf(segments.join('::'), file),
    name,
    place,
    placeWords: segments.at(-2) ?? place,
    function: segments.join('::'),
    file: path,
  }
}

function originOf(name: string, file: string): Origin {
  if (RUNTIME.test(name) && !(name === 'main' && file !== '' && !INSTALLED.test(file))) return 'runtime'
  if (/\/rustc\/[0-9a-f]{6,}|\/rustlib\//.test(file)) return 'runtime'
  return INSTALLED.test(file) || DEPENDENCY.test(name) ? 'dependency' : 'app'
}

/** `<shop::cart::Cart as core::fmt::Display>::fmt::h0123…` is `shop`, `cart`, `Cart`, `fmt`. */
function segmentsOf(raw: string): string[] {
  const plain = demangle(raw)
    .replace(/::h[0-9a-f]{16}$/, '')
    .replace(/\[[0-9a-f]{8,16}\]/g, '')
  return withoutBrackets(selfType(plain))
    .split('::')
    .filter(part => part !== '' && !part.startsWith('{'))
}

/** How many types within types are opened: `<<A as B>::C as D>::method` has two. */
const MAX_SELF_TYPES = 3

/** `<T as Trait>::method` belongs to `T`. */
function selfType(path: string): string {
  let opened = path
  for (let i = 0; i < MAX_SELF_TYPES && opened.startsWith('<'); i++) opened = openSelfType(opened)
  return opened
}

function openSelfType(path: string): string {
  let depth = 0
  let as = -1
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '<') depth++
    else if (path[i] === '>' && path[i - 1] !== '-') depth--
    else if (depth === 1 && as < 0 && path.startsWith(' as ', i)) as = i
    if (depth === 0)
      return `${path.slice(1, as < 0 ? i : as).replace(/^[&*]+(?:mut |const )?/, '')}${path.slice(i + 1)}`
  }
  return path.slice(1)
}

/** Drops type arguments, however deep. */
function withoutBrackets(path: string): string {
  let kept = ''
  let depth = 0
  for (let i = 0; i < path.length; i++) {
    const char = path[i]!
    if (char === '<') depth++
    else if (char === '>' && path[i - 1] !== '-') depth = Math.max(0, depth - 1)
    else if (depth === 0) kept += char
  }
  return kept
}

const ESCAPES: Readonly<Record<string, string>> = {
  $LT$: '<',
  $GT$: '>',
  $RF$: '&',
  $BP$: '*',
  $C$: ',',
  $u20$: ' ',
  $u7b$: '{',
  $u7d$: '}',
}

/** The escapes of the legacy mangling, as some symbolisers leave them. */
function demangle(name: string): string {
  if (!name.includes('$')) return name
  return name
    .replace(/\$[A-Za-z0-9]{1,3}\$/g, code => ESCAPES[code] ?? '')
    .replaceAll('..', '::')
    .replace(/^_</, '<')
}
