/** HMAC-SHA256 in hex, with the WebCrypto that Node, browsers, Bun and edge runtimes share. */
export async function hmacHex(secret: string, text: string): Promise<string> {
  const { subtle } = globalThis.crypto ?? (await nodeCrypto())
  const encoder = new TextEncoder()
  const key = await subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signature = new Uint8Array(await subtle.sign('HMAC', key, encoder.encode(text)))
  return Array.from(signature, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Node 18 has it in a module only. The name is put together so that bundlers for other runtimes do not look for it. */
async function nodeCrypto(): Promise<typeof globalThis.crypto> {
  const name = ['node', 'crypto'].join(':')
  const { webcrypto } = (await import(name)) as { webcrypto: typeof globalThis.crypto } // Node's module
  return webcrypto
}
