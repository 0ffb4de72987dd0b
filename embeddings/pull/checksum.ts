import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { HubFile } from './hub.ts'

/**
 * Reads what lies in `path` and gives its checksum in the kind that the hub gives for `file`: `sha256:…`, or `git:…`,
 * the id of a git blob, which is the SHA-1 of "blob", the size, a zero byte and the content.
 */
export async function checksumOf(path: string, file: HubFile): Promise<string> {
  const isGit = file.checksum.startsWith('git:')
  const hash = isGit ? createHash('sha1').update(`blob ${file.size}\0`) : createHash('sha256')
  // A read stream without an encoding gives Buffers.
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return `${isGit ? 'git' : 'sha256'}:${hash.digest('hex')}`
}
