import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** What OWASP's cheat sheet on storing passwords asks for: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const SALT_BYTES = 16
const HASH_BYTES = 32

/** As the PHC string format writes it: `$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES)
  const hash = await hashOf(password, { nonce, memory: MEMORY_KIB, passes: PASSES, parallelism: LANES })
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(nonce)}$${unpadded(hash)}`
}

const FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

/** Takes as long for a wrong one as for the right one; false, after as long, where there is no hash to compare with. */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parts = FORM.exec(stored ?? '')
  if (parts === null) {
    await hashPassword(password)
    return false
  }
  const [, memory, passes, parallelism, salt, hash] = parts
  const settings = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const found = await hashOf(password, { nonce: Buffer.from(salt!, 'base64'), ...settings })
  return timingSafeEqual(found, Buffer.from(hash!, 'base64'))
}

interface Settings {
  readonly nonce: Buffer
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

function hashOf(password: string, settings: Settings): Promise<Buffer> {
  return derive('argon2id', { message: password.normalize('NFKC'), tagLength: HASH_BYTES, ...settings })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
