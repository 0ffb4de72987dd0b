import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostAndPort, isLoopback } from '../../pipeline/config/schema.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import type { GrpcSettings, HttpSettings, TlsSettings } from './config.ts'

/** Refuses to listen where strangers can reach us and nothing asks who they are. */
export function assertGuarded(settings: GrpcSettings | HttpSettings, key: string): void {
  const isGuarded = settings.auth !== undefined || settings.tls?.client_ca_file !== undefined
  if (isLoopback(hostAndPort(settings.endpoint).host) || isGuarded || settings.insecure) return
  throw new SensoriumError(
    'CONFIG_INVALID',
    `${key}.endpoint is ${settings.endpoint}, which other machines can reach, and anyone could write to it; ` +
      `set ${key}.auth.bearer_tokens or ${key}.tls.client_ca_file, listen on 127.0.0.1, or write insecure: true`,
  )
}

/** Tells whether an `authorization` header holds one of the tokens, in time that does not depend on which. */
export function tokenCheck(tokens: readonly string[] | undefined): (authorization: string | undefined) => boolean {
  if (tokens === undefined) return () => true
  const digests = tokens.map(digest)
  return authorization => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    const given = digest(token ?? '')
    let isKnown = false
    for (const known of digests) if (timingSafeEqual(known, given)) isKnown = true
    return isKnown && token !== undefined
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export interface TlsMaterial {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca: Buffer | undefined
}

/** Reads the files. Throws CONFIG_INVALID naming the key of the one that cannot be read. */
export async function readTls(settings: TlsSettings, key: string): Promise<TlsMaterial> {
  const read = async (name: keyof TlsSettings, file: string) => {
    try {
      return await readFile(file)
    } catch (error) {
      const why = `${key}.tls.${name}: ${errorText(error)}; give the path of a PEM file that this user can read`
      throw new SensoriumError('CONFIG_INVALID', why, { cause: error })
    }
  }
  return {
    cert: await read('cert_file', settings.cert_file),
    key: await read('key_file', settings.key_file),
    ca: settings.client_ca_file === undefined ? undefined : await read('client_ca_file', settings.client_ca_file),
  }
}
