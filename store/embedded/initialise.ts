import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SensoriumError } from '../../pipeline/errors.ts'
import { READER_DEFAULTS, READER_ROLE, WRITER_ROLE } from '../roles.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { type Credentials, credentialsOf, type DataFolder } from './data-folder.ts'
import { killProcessesIn } from './leftovers.ts'
import { identity, type OpenFolder, openFolder, serverEnvironment } from './postmaster.ts'
import { SYNC_METHOD } from './server-settings.ts'

export const OWNER_ROLE = 'sensorium'
export const DATABASE_NAME = 'sensorium'

/** Nothing else of ours connects, and no line of the file lets in a stranger without a password. */
const HBA = `# Written by Sensorium.
# TYPE  DATABASE  USER  ADDRESS       METHOD
host    all       all   127.0.0.1/32  scram-sha-256
`

/**
 * Makes the cluster if there is none: initdb, the roles with their passwords, the database. All of it happens aside,
 * through Postgres's single-user mode, and becomes `cluster/` by one rename: what bears that name is complete, and no
 * server ever listened without passwords.
 *
 * @throws SensoriumError DATA_DIR_UNUSABLE
 */
export async function initialise(folder: DataFolder, binaries: Binaries, account: Account | undefined): Promise<void> {
  await removeUnfinished(folder)
  if (isMade(folder, binaries)) return
  const credentials = credentialsOf(folder)
  const aside = `${folder.cluster}.new.${process.pid}`
  mkdirSync(aside, { mode: 0o700 })
  if (account !== undefined) chownSync(aside, account.uid, account.gid)
  const place = openFolder(aside, account)
  const run = (program: string, args: readonly string[], input = ''): Promise<void> =>
    runProgram({ program, args, input, account, place, cwd: aside })
  try {
    await run(binaries.initdb, ['-D', place.path, ...INITDB_FLAGS])
    writeFileSync(join(aside, 'pg_hba.conf'), HBA)
    await run(
      binaries.postgres,
      ['--single', '-D', place.path, ...SINGLE_FLAGS, 'template1'],
      firstStatements(credentials),
    )
    await run(binaries.initdb, ['--sync-only', `--sync-method=${SYNC_METHOD}`, '-D', place.path])
    renameSync(aside, folder.cluster)
  } catch (error) {
    rmSync(aside, { recursive: true, force: true })
    throw error
  } finally {
    place.close()
  }
}

const INITDB_FLAGS = [
  `--username=${OWNER_ROLE}`,
  '--encoding=UTF8',
  // The same order of text on every machine and in every version: libc's and ICU's collations change with theirs.
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--auth=reject',
  '--no-instructions',
  // Written to disk once, when all is there.
  '--no-sync',
]

/** `-j`: a statement ends with a semicolon and an empty line. `exit_on_error`: the first fault shows in the status. */
const SINGLE_FLAGS = ['-j', '-c', 'exit_on_error=on', '-c', 'fsync=off', '-c', 'log_min_error_statement=panic']

function firstStatements({ owner, writer, reader }: Credentials): string {
  const readerDefaults = Object.entries(READER_DEFAULTS).map(
    ([key, value]) => `ALTER ROLE ${READER_ROLE} SET ${key} = '${value}'`,
  )
  const statements = [
    `ALTER ROLE ${OWNER_ROLE} PASSWORD '${owner}'`,
    `CREATE ROLE ${WRITER_ROLE} LOGIN PASSWORD '${writer}'`,
    `CREATE ROLE ${READER_ROLE} LOGIN PASSWORD '${reader}'`,
    ...readerDefaults,
    `CREATE DATABASE ${DATABASE_NAME}`,
    // Everybody may make temporary tables by default: the reader could fill the disk.
    ...[DATABASE_NAME, 'postgres', 'template1'].map(name => `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`),
    `GRANT CONNECT ON DATABASE ${DATABASE_NAME} TO ${WRITER_ROLE}, ${READER_ROLE}`,
  ]
  return statements.map(statement => `${statement};\n\n`).join('')
}

/** What initdb was writing when its Sensorium was killed, and may be writing still. */
async function removeUnfinished(folder: DataFolder): Promise<void> {
  const prefix = `${basename(folder.cluster)}.new.`
  for (const name of readdirSync(folder.path).filter(name => name.startsWith(prefix))) {
    const unfinished = join(folder.path, name)
    await killProcessesIn(unfinished)
    rmSync(unfinished, { recursive: true, force: true })
  }
}

function isMade(folder: DataFolder, binaries: Binaries): boolean {
  let version: string
  try {
    version = readFileSync(join(folder.cluster, 'PG_VERSION'), 'utf8').trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new SensoriumError(
      'DATA_DIR_UNUSABLE',
      `${folder.cluster} belongs to another user: run Sensorium as that user, or choose another service.database.data_dir`,
      { cause },
    )
  }
  if (version === binaries.major) return true
  throw new SensoriumError(
    'DATA_DIR_UNUSABLE',
    `${folder.cluster} was made by Postgres ${version}, and this release brings Postgres ${binaries.major}: move the data over with the pg_dump and psql of both versions, or choose another service.database.data_dir`,
  )
}

interface Run {
  readonly program: string
  readonly args: readonly string[]
  readonly input: string
  readonly account: Account | undefined
  readonly place: OpenFolder
  /** The folder being made: by it the next start finds what a killed one left running. */
  readonly cwd: string
}

async function runProgram({ program, args, input, account, place, cwd }: Run): Promise<void> {
  const child = spawn(program, args, {
    ...identity(account),
    cwd,
    env: serverEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe', ...place.stdio],
  })
  const { code, stderr } = await finish(child, input)
  if (code === 0) return
  throw new SensoriumError(
    'DATA_DIR_UNUSABLE',
    `the database could not be made: ${basename(program)} ended with ${code}: ${stderr.trim()}`,
  )
}

function finish(child: ChildProcess, input: string): Promise<{ code: number | string; stderr: string }> {
  return new Promise((resolve, reject) => {
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    child.once('error', cause =>
      reject(new SensoriumError('DATA_DIR_UNUSABLE', `cannot run Postgres: ${cause.message}`, { cause })),
    )
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 'nothing', stderr }))
    // A program that ends before it has read everything says why on stderr.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
