import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SensoriumError } from '../../pipeline/errors.ts'

/** The operating system account that Postgres runs as when we are root, which Postgres refuses to be. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** In this order: a machine with Postgres has the first, macOS the second, and every Unix one of the others. */
const CANDIDATES = ['postgres', '_postgres', 'nobody', 'daemon']

/**
 * `undefined` when Postgres can run as the user that we are. Otherwise the owner of the cluster that is there, so that
 * one `sudo` does not take a folder away from its user, else the first system account of the list.
 *
 * @throws SensoriumError DATA_DIR_UNUSABLE when we are root and there is no such account.
 */
export function accountFor(clusterDir: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  return chooseAccount(readFileSync('/etc/passwd', 'utf8'), ownerOf(clusterDir))
}

/** `passwd` is the text of /etc/passwd: initdb wants an account that has a line there. */
export function chooseAccount(passwd: string, owner: { uid: number; gid: number } | undefined): Account {
  const accounts = passwd.split('\n').map(line => {
    const [name = '', , uid, gid] = line.split(':')
    return { name, uid: Number(uid), gid: Number(gid) }
  })
  if (owner !== undefined && owner.uid !== 0) {
    return accounts.find(account => account.uid === owner.uid) ?? { name: String(owner.uid), ...owner }
  }
  for (const name of CANDIDATES) {
    const found = accounts.find(account => account.name === name && account.uid > 0 && account.gid > 0)
    if (found !== undefined) return found
  }
  throw new SensoriumError(
    'DATA_DIR_UNUSABLE',
    `Postgres cannot run as root, and none of the accounts ${CANDIDATES.join(', ')} exists. Run Sensorium as an ordinary user, or set service.database.url.`,
  )
}

function ownerOf(path: string): { uid: number; gid: number } | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Whether every folder on the way to `path`, and `path` itself, lets the account in. Access lists are not looked at. */
export function canReach(path: string, account: Account): boolean {
  for (let at = realpathSync(path); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (at === dirname(at)) return true
  }
}
