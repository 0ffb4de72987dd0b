import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { SensoriumError } from '../../pipeline/errors.ts'
import { encodeLogs } from '../../tests/otlp/requests.ts'
import { readTls } from './access.ts'
import { otlpConfig } from './config.ts'
import { runReceiver } from './testing/running-receiver.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'sensorium-tls-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const file = (name: string) => path.join(folder, name)
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })

/** An authority, and a certificate of it for 127.0.0.1: what openssl makes, so that nothing secret is in the tree. */
function makeCertificates(): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  )
  for (const name of ['server', 'client']) {
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    )
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
      '-out',
      `${name}.crt`,
    )
  }
}
makeCertificates()

const tls = { cert_file: file('server.crt'), key_file: file('server.key') }
const LOGS = encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] }] })

function postTls(address: string, client: object): Promise<number> {
  const [host, port] = address.split(':')
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf' }
    const sending = request(
      {
        host,
        port,
        path: '/v1/logs',
        method: 'POST',
        headers,
        ca: readFileSync(file('ca.crt')),
        agent: false,
        ...client,
      },
      response => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sending.once('error', reject)
    sending.end(LOGS)
  })
}

function callTls(address: string, credentials: grpc.ChannelCredentials): Promise<grpc.ServiceError | null> {
  const client = new grpc.Client(address, credentials)
  const asIs = (bytes: Buffer) => bytes
  const deadline = new Date(Date.now() + 5_000)
  return new Promise(resolve =>
    client.makeUnaryRequest(
      '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
      asIs,
      asIs,
      LOGS,
      new grpc.Metadata(),
      { deadline },
      error => {
        client.close()
        resolve(error)
      },
    ),
  )
}

test('TLS serves both protocols', async t => {
  const receiver = await runReceiver(t, { grpc: { tls }, http: { tls } })
  assert.equal(await postTls(receiver.http, {}), 200)
  assert.equal(await callTls(receiver.grpc, grpc.credentials.createSsl(readFileSync(file('ca.crt')))), null)
  await assert.rejects(fetch(`http://${receiver.http}/v1/logs`, { method: 'POST' }), 'plain text is not answered')
})

test('mutual TLS lets in only who shows a certificate of the authority', async t => {
  const mutual = { tls: { ...tls, client_ca_file: file('ca.crt') } }
  const receiver = await runReceiver(t, { grpc: mutual, http: mutual })
  const own = { cert: readFileSync(file('client.crt')), key: readFileSync(file('client.key')) }
  assert.equal(await postTls(receiver.http, own), 200)
  await assert.rejects(postTls(receiver.http, {}))
  const ca = readFileSync(file('ca.crt'))
  assert.equal(await callTls(receiver.grpc, grpc.credentials.createSsl(ca, own.key, own.cert)), null)
  assert.notEqual(await callTls(receiver.grpc, grpc.credentials.createSsl(ca)), null)
  assert.equal(receiver.taken.length, 2)
})

test('a certificate that cannot be read is named by its key', async () => {
  await assert.rejects(
    readTls({ ...tls, key_file: '/nowhere/server.key' }, 'receivers.otlp.protocols.grpc'),
    error => error instanceof SensoriumError && /receivers\.otlp\.protocols\.grpc\.tls\.key_file/.test(error.message),
  )
})

const cases: [string, object, boolean][] = [
  ['127.0.0.1:4317', {}, true],
  ['[::1]:4317', {}, true],
  ['localhost:4317', {}, true],
  ['0.0.0.0:4317', {}, false],
  ['[::]:4317', {}, false],
  ['10.0.0.5:4317', {}, false],
  ['0.0.0.0:4317', { tls }, false],
  ['0.0.0.0:4317', { tls: { ...tls, client_ca_file: 'ca.crt' } }, true],
  ['0.0.0.0:4317', { auth: { bearer_tokens: ['a-token-that-is-long-enough'] } }, true],
  ['0.0.0.0:4317', { insecure: true }, true],
]
for (const [endpoint, extra, isAllowed] of cases) {
  test(`${endpoint} with ${JSON.stringify(Object.keys(extra))} is ${isAllowed ? 'served' : 'refused at the start'}`, () => {
    const result = otlpConfig.safeParse({ protocols: { grpc: { endpoint, ...extra } } })
    assert.equal(result.success, isAllowed)
    if (result.success) return
    const [issue] = result.error.issues
    assert.deepEqual(issue?.path, ['protocols', 'grpc', 'endpoint'])
    assert.match(issue?.message ?? '', /insecure: true/)
  })
}
