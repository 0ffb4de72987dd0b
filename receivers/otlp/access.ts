import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import type { TlsSettings } from './config.ts'

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
