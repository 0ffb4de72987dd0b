import { isHash, withoutExtensions, withoutHashes } from './bundle-name.ts'
import { isGeneric } from './generic-words.ts'

/** Where installed packages begin, in any language: what follows the last of these is the package's own path. */
const PACKAGE_ROOTS = [
  '/node_modules/',
  '/site-packages/',
  '/dist-packages/',
  '/pkg/mod/',
  '/gems/',
  '/vendor/bundle/',
  '/vendor/',
  '/Pods/',
]
/** Where the projects of a container, a CI job or a platform are checked out or copied to. */
const PROJECT_ROOTS =
  /^(?:(?:usr\/src\/app|usr\/app|opt\/app|app|var\/task|var\/www(?:\/html|\/[^/]+)?|home\/site\/wwwroot|home\/runner\/work\/[^/]+\/[^/]+|github\/workspace|__w\/[^/]+\/[^/]+|a\/[^/]+\/[^/]+|a\/\d+\/s|builds\/[^/]+\/[^/]+|var\/lib\/jenkins\/workspace\/[^/]+|var\/jenkins_home\/workspace\/[^/]+|workspaces?\/[^/]+(?=\/.*\/)|workspaces?|vercel\/path\d+|go\/src\/[^/]+\.[^/]+\/[^/]+\/[^/]+|srv\/[^/]+|opt\/atlassian\/pipelines\/agent\/build|opt\/[^/]+|code|project|repo|service|data\/[^/]+|buildkite\/builds\/[^/]+\/[^/]+\/[^/]+|rails|deployments|inetpub\/wwwroot(?:\/[^/]+)?))\//i
/** Jenkins and its like check a job out to `workspace/JOB` below a folder of the agent's. */
const AGENT_WORKSPACE = /^(?:[^/]+\/){2,4}workspaces?\/[^/]+\//i
const ABSOLUTE = /^(?:file:\/\/)?(?:\/|[A-Za-z]:\/)/i
const HOME = /^(?:home|Users|export\/home|mnt\/[a-z]\/Users|var\/home)\/[^/]+\/|^(?:root|var\/root)\//i
/** Folders in a home that hold projects; below them comes the project's own. */
const HOLDERS = new Set(
  'work code projects project repos repo dev git github workspace workspaces documents desktop downloads ideaprojects pycharmprojects webstormprojects golandprojects rubymineprojects riderprojects phpstormprojects source sites apps developer development'.split(
    ' ',
  ),
)
/** How deep a file's folders are searched for one that says something. */
const MAX_PARENTS = 4
/** Where nobody knows the root, a folder further up than the file's own may be that of the checkout. */
const MAX_PARENTS_UNROOTED = 1
const MADE_UP = /^(?:[0-9a-f]{16,}|\d{6,}|\*)$/i

/**
 * A path as it stands below its project's or package's root: `/home/ana/work/shop/src/cart.ts`, `C:\app\src\cart.ts`,
 * `webpack:///./src/cart.ts?3f2a` and `/usr/src/app/src/cart.ts` are all `src/cart.ts`. An absolute path whose root is
 * not known stays absolute: `/mnt/c/shop/src/cart.ts`.
 */
export function normalisePath(raw: string): string {
  const slashed = raw.replaceAll('\\', '/')
  const path = withoutScheme(slashed)
  const isAbsolute = ABSOLUTE.test(slashed)
  return afterPackageRoot(path) ?? afterProjectRoot(path, isAbsolute) ?? (isAbsolute ? `/${path}` : path)
}

/**
 * A script's path without the build's hashes and numbers: `_next/static/k3jH2x/pages/cart-0f1e2d3c.js` is
 * `_next/static/pages/cart.js`.
 */
export function withoutBuild(path: string): string {
  const parts = path.split('/')
  const file = parts.pop() ?? ''
  return [...parts.filter(part => !isHash(part)), withoutHashes(file)].join('/')
}

/**
 * What a file is called wherever it lies: its name without extension, and where that says nothing (`index.js`,
 * `views.py`) the nearest folder that does: `orders/views`. More of the path would tell machines apart.
 */
export function fileIdentity(path: string): string {
  const slash = path.lastIndexOf('/')
  const name = withoutExtensions(path.slice(slash + 1))
  // Compiled templates and notebook cells are named by a hash or a number of their own.
  if (MADE_UP.test(name)) return ''
  if (!isGeneric(name) || slash < 0) return name
  const reach = path.startsWith('/') ? MAX_PARENTS_UNROOTED : MAX_PARENTS
  const parents = path.slice(0, slash).split('/').slice(-reach).reverse()
  const telling = parents.find(parent => !isGeneric(parent) && !isHash(parent))
  return telling === undefined ? name : `${telling}/${name}`
}

function withoutScheme(text: string): string {
  // `//?/` is how Windows marks paths without a limit on their length.
  let path = text.replace(/^\/+\?\//, '')
  const scheme = /^([a-z][a-z0-9+-]*):\/\//i.exec(path)
  if (scheme !== null) {
    const rest = path.slice(scheme[0].length)
    // Everything before the first slash is a host or a bundle's name.
    path = rest.slice(rest.indexOf('/') + 1)
  }
  if (scheme !== null || path.includes('?')) path = path.split(/[?#]/, 1)[0] ?? ''
  // Drives and Docker's layers; `(rsc)/` and `[project]/` are what bundlers put before the source's path.
  path = path.replace(/^\/*[A-Za-z]:\//, '').replace(/^.*\/overlay2\/[^/]+\/(?:merged|diff)\//, '')
  return path.replace(/^(?:\.{1,2}\/|\/|\([\w-]+\)\/|\[[\w -]+\]\/)+/, '')
}

function afterPackageRoot(path: string): string | undefined {
  const rooted = `/${path}`
  for (const root of PACKAGE_ROOTS) {
    const at = rooted.lastIndexOf(root)
    if (at >= 0) return withoutVersions(rooted.slice(at + root.length))
  }
  const cargo = /\/registry\/src\/[^/]+\//.exec(rooted) ?? /\/rustc\/[0-9a-f]+\//.exec(rooted)
  return cargo === null ? undefined : withoutVersions(rooted.slice(cargo.index + cargo[0].length))
}

/** `activerecord-7.0.4/lib` and `github.com/lib/pq@v1.10.9/conn.go` without the version. */
function withoutVersions(path: string): string {
  const parts = path.split('/')
  const file = parts.pop() ?? ''
  return [...parts.map(part => part.replace(/[@-]v?\d+\..*$/, '')), file].join('/')
}

function afterProjectRoot(path: string, isAbsolute: boolean): string | undefined {
  const released = /^.*\/(?:releases\/[\w.-]+|current|app\.asar|resources\/app)\//.exec(path)
  if (released !== null) return path.slice(released[0].length)
  const rooted = PROJECT_ROOTS.exec(path) ?? (isAbsolute ? AGENT_WORKSPACE.exec(path) : null)
  if (rooted !== null) return path.slice(rooted[0].length)
  const home = HOME.exec(path)
  if (home === null) return undefined
  const parts = path.slice(home[0].length).split('/')
  while (parts.length > 1 && HOLDERS.has(parts[0]!.toLowerCase())) parts.shift()
  // What is left begins with the project's own folder, whose name is a matter of taste.
  return (parts.length > 1 ? parts.slice(1) : parts).join('/')
}
