import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/**
 * Reads a file and gives its checksum in the kind of `like`: `sha256:…`, or `git:…`, the id of a git blob, which is the
 * SHA-1 of "blob", the size, a zero byte and the content.
 */
export async function checksumOf(file: string, size: number, like: string): Promise<string> {
  const [kind] = like.split(':')
  const hash: Hash = kind === 'git' ? createHash('sha1').update(`blob ${size}\0`) : createHash('sha256')
  // A read stream without an encoding gives Buffers.
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return `${kind}:${hash.digest('hex')}`
}
