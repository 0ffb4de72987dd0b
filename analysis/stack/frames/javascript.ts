import type { FrameParts, Origin } from '../frame.ts'
import { isGeneric } from '../generic-words.ts'
import type { RawFrame } from '../parsed.ts'
import { fileIdentity, normalisePath, withoutBuild } from '../path.ts'

/** Node.js before 16 printed its own modules as bare names. */
const OLD_NODE_MODULES =
  /^(?:_\w+|assert|async_hooks|buffer|child_process|cluster|dgram|dns|domain|events|fs|http|https|module|net|os|path|querystring|readline|repl|stream|string_decoder|timers|tls|tty|url|util|v8|vm|worker_threads|zlib|bootstrap_node)\.js$/
const RUNTIME = /^(?:node:|internal\/|ext:|bun:|native$|<anonymous>|index \d+$|wasm:\/\/$|unknown location)/
const BUNDLER_RUNTIME = /(?:^|\/)(?:webpack\/(?:bootstrap|runtime)|webpack-runtime|\[turbopack\])/
const DEPENDENCY =
  /(?:^|\/)node_modules\/|\/\.pnpm\/|\/\.yarn\/|\/bower_components\/|(?:^|\/)~\/|^[a-z]+-extension:|^(?:chrome|resource):\/\/|^(?:https?:\/\/)?(?:deno\.land\/|jsr\.io\/|esm\.sh\/|unpkg\.com\/|cdn\.jsdelivr\.net\/|cdnjs\.cloudflare\.com\/|www\.googletagmanager\.com\/|js\.stripe\.com\/)/
/** Chunks that bundlers fill with dependencies alone, and libraries served as one file. */
const DEPENDENCY_FILE =
  /^(?:vendors?(?:[~.-]|$)|polyfills?(?:[.-]|$)|framework-[0-9a-f]{8,}|npm\.|(?:jquery|react|react-dom|angular|vue|lodash|zone|core-js)[.-](?:\d|min|prod|dev|umd|runtime|global))/i
/** What compilers and bundlers leave in the stack when they take async functions and modules apart. */
const TRANSPILED =
  /^(?:__awaiter|__generator|__async|adopt|fulfilled|rejected|asyncGeneratorStep|tryCatch|_?asyncToGenerator|_next|_throw|Generator\.(?:next|throw|_invoke)|Object\.(?:next|throw)|step|__webpack_require__|__require|__commonJS|__esm|processTicksAndRejections|promiseReactionJob|asyncFunctionResume|asyncFunctionNext)$/
/** Owners that say how a function was called and not whose it is. */
const EMPTY_OWNERS = new Set(
  'Object Module Function AsyncFunction exports module _this this that self window global globalThis process prototype default undefined null _default __webpack_exports__'.split(
    ' ',
  ),
)
const NAMELESS =
  /^(?:<anonymous>|<computed>|anonymous|\(anonymous\)|<instance_members_initializer>|<static_initializer>|(?:global|module|eval) code|_callee\d*\$?|\(program\)|)$/

const BUNDLE = /\/\.next\/(?:server|build)\/|\.(?:js)?bundle$/

/** JavaScript and TypeScript, on servers and in browsers. */
export function javascriptFrame(raw: RawFrame): FrameParts {
  const isRemote =
    /^(?:https?|capacitor|ionic|app|ng|blob):\/\//.test(raw.file) || /\.(?:bundle|jsbundle)$/.test(raw.file)
  const built = /^(?:blob|data):/.test(raw.file) ? '' : normalisePath(raw.file)
  const path = withoutBuild(built)
  const folded = foldName(raw.name)
  const origin = originOf(raw, isRemote ? built : '', folded)
  const { name, shown } = meaningful(folded, isRemote)
  // Which chunk a function is bundled into changes with the bundler and its version, and React Native has one bundle.
  const isBundled = name !== '' && BUNDLE.test(raw.file)
  return { origin, name, place: isBundled ? '' : fileIdentity(path), function: shown, file: path }
}

/** `remotePath` is '' on servers, where a file called `vendors.ts` may be about vendors. */
function originOf(raw: RawFrame, remotePath: string, name: string): Origin {
  const file = raw.file.replaceAll('\\', '/')
  if (RUNTIME.test(file) || file === '' || OLD_NODE_MODULES.test(file) || BUNDLER_RUNTIME.test(file)) return 'runtime'
  if (TRANSPILED.test(name)) return 'runtime'
  const base = remotePath.slice(remotePath.lastIndexOf('/') + 1)
  return DEPENDENCY.test(file) || DEPENDENCY_FILE.test(base) ? 'dependency' : 'app'
}

/** One name for what engines and versions call differently: `async Cart.total [as run]`, `new Cart`, `load/<`. */
function foldName(raw: string): string {
  let name = raw.replace(/^(?:async |new |bound |get |set |static )+/, '')
  const alias = name.indexOf(' [as ')
  if (alias >= 0) {
    const own = name.slice(0, alias)
    name = /(?:^|\.)<(?:anonymous|computed)>$/.test(own) ? name.slice(alias + ' [as '.length, -1) : own
  }
  // Module factories of webpack's development builds: `./src/cart.ts`, `Module../src/cart.ts`.
  if (/^(?:\w+\.)?\.{1,2}\//.test(name)) return ''
  // Firefox says where an anonymous function stands: `load/<` is one in `load`, `load/items` is the `items` in it.
  if (name.includes('/'))
    name =
      name
        .split('/')
        .filter(part => !part.startsWith('<'))
        .at(-1) ?? ''
  return name
    .replace(/<$/, '')
    .replace(/\$\d+$/, '')
    .replace(/\(.*$/s, '')
}

/**
 * The part of a name that survives builds and engines, and the same with its class for people to read; both '' for
 * anonymous and minified functions. A class counts where it tells something. In browsers, where Chrome adds it and
 * Firefox does not, it counts with generic methods alone: better two groups for one `render` than one for all of them.
 */
function meaningful(name: string, isRemote: boolean): { name: string; shown: string } {
  const parts = name
    .replace(/\[Symbol\.(\w+)\]/, '$1')
    .split('.')
    .map(part => part.replace(/^#/, ''))
  const method = (parts.pop() ?? '').replace(/(?<=\w{3})Async$/, '')
  if (NAMELESS.test(method) || isMinified(method, isRemote)) return { name: '', shown: '' }
  const owner = parts.pop() ?? ''
  if (isMinified(owner, isRemote) || EMPTY_OWNERS.has(owner) || NAMELESS.test(owner))
    return { name: method, shown: method }
  const counts = !isGeneric(owner) && (!isRemote || isGeneric(method))
  return { name: counts ? `${owner}.${method}` : method, shown: `${owner}.${method}` }
}

function isMinified(name: string, isRemote: boolean): boolean {
  if (name.length <= (isRemote ? 3 : 2)) return true
  // People write `run` and `map`; `oWe` and `n3t` are what a minifier makes of names when two letters no longer do.
  return name.length === 3 && /[a-z][A-Z]|\w\d|[$_]/.test(name)
}
