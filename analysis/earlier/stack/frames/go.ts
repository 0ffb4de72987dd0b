import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { normalisePath } from '../path.ts'

const STANDARD =
  /^(?:archive|bufio|builtin|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|structs|sync|syscall|testing|text|time|unicode|unique|unsafe|vendor|weak)(?:[/.]|$)/
/** Folders that a Go toolchain lives in, as the last one before its `src`. */
const TOOLCHAIN = /(?:^|\/)(?:go|golang|goroot|go-?\d[\w.-]*|libexec|x64|arm64)$/i

/** Go: a function is known by its package path, which is the same on every machine. */
export function goFrame(raw: RawFrame): FrameParts {
  const { pkg, rest } = splitPackage(raw.name)
  const name = foldName(rest)
  const place = pkg.replace(/\/v\d+(?=\/|$)/, '').replace(/\.v\d+$/, '')
  return {
    origin: originOf(pkg, raw.file),
    name,
    place,
    placeWords: place.slice(place.lastIndexOf('/') + 1),
    function: name === '' ? '' : `${place.slice(place.lastIndexOf('/') + 1)}.${name}`,
    file: fileOf(raw.file, place),
  }
}

function originOf(pkg: string, file: string): Origin {
  const path = file.replaceAll('\\', '/')
  if (/\/pkg\/mod\/|\/vendor\/|@v\d/.test(path)) return 'dependency'
  if (pkg === 'main' || pkg === '') return 'app'
  if (isInToolchain(path)) return 'runtime'
  // `internal/cart` may be anyone's; where the file lies in its module's own path, it is the application's.
  return STANDARD.test(pkg) && (file === '' || path.startsWith(`${pkg}/`) || pkg.startsWith('runtime'))
    ? 'runtime'
    : 'app'
}

/** `/usr/local/go/src/net/http/server.go`; below GOPATH's own `src` come domains. */
function isInToolchain(path: string): boolean {
  const src = path.indexOf('/src/')
  if (src < 0 || !TOOLCHAIN.test(path.slice(0, src))) return false
  const first = path.slice(src + '/src/'.length).split('/', 1)[0] ?? ''
  return STANDARD.test(`${first}/`)
}

/** `github.com/acme/shop/cart.(*Cart).Total` is a package and `(*Cart).Total`. Dots in a package's last element are escaped. */
function splitPackage(name: string): { pkg: string; rest: string } {
  const generic = name.indexOf('[')
  const dot = name.indexOf('.', name.lastIndexOf('/', generic < 0 ? undefined : generic) + 1)
  return dot < 0
    ? { pkg: '', rest: name }
    : { pkg: name.slice(0, dot).replaceAll('%2e', '.'), rest: name.slice(dot + 1) }
}

/** Pointer receivers, type arguments and the numbers that the compiler gives to closures. */
function foldName(rest: string): string {
  return rest
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\(\*?([^()]*)\)/, '$1')
    .replace(/^glob\.\./, '')
    .replace(/(?:[.-](?:func|gowrap|deferwrap|range)\d+|\.\d+|-fm)+$/, '')
    .replace(/^(?:func\d+|init)$/, '')
}

/** The file below its module: builds with `-trimpath` already print it so. */
function fileOf(file: string, place: string): string {
  const path = normalisePath(file)
  const folder = place.slice(place.lastIndexOf('/') + 1)
  const at = place.includes('/') ? path.lastIndexOf(`/${folder}/`) : -1
  return at < 0 ? path.slice(path.lastIndexOf('/') + 1) : path.slice(at + 1)
}
