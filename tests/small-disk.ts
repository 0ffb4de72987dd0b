import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Set where a test already runs on the small disk that was mounted for it. */
const MOUNTED = 'SENSORIUM_TEST_SMALL_DISK'

/**
 * A disk of its own of `mib`, where `file` is the test that asks for it. Whoever may not mount gets it in a name space
 * of his own (Linux lets every user make one, unless it was forbidden): the file runs again in there, must pass, and
 * undefined says that there is no more to do here. Where neither works it fails: a check that did not run has not passed.
 */
export function smallDisk(t: TestContext, mib: number, file: string): string | undefined {
  const mounted = process.env[MOUNTED]
  if (mounted !== undefined) return mounted
  const folder = mkdtempSync(join(tmpdir(), 'sensorium-disk-'))
  const isMounted = mount(folder, mib)
  t.after(() => {
    // Lazily: whoever still works there ends after this.
    if (isMounted) execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  if (isMounted) return folder
  const { status, stdout, stderr } = runInNamespace(folder, mib, file)
  assert.equal(status, 0, `no disk of its own: run as root, or allow user namespaces (unshare)\n${stdout}\n${stderr}`)
  return undefined
}

function mount(folder: string, mib: number): boolean {
  const options = ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0755`, 'tmpfs', folder]
  return process.getuid?.() === 0 && spawnSync('mount', options, { stdio: 'ignore' }).status === 0
}

/** As root of a name space the disk is mounted; in a second one inside it the user is who he was, as Postgres wants. */
function runInNamespace(folder: string, mib: number, file: string) {
  const again = `mount -t tmpfs -o size=${mib}m,mode=0777 tmpfs "$1" && exec unshare --user --map-user="$2" --map-group="$3" "$4" --test "$5"`
  const who = [String(process.getuid?.()), String(process.getgid?.())]
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', again, 'sh', folder, ...who, process.execPath, file]
  // The runner would take the reports of the inner one for its own.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  return spawnSync('unshare', args, { env: { ...inherited, [MOUNTED]: folder }, encoding: 'utf8' })
}
