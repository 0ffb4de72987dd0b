import { readFile } from 'node:fs/promises'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import type { TlsSettings } from './config.ts'

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
