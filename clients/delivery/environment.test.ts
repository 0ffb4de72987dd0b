import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf, readPairs, type Variables } from './environment.ts'
import { targetOf } from './otlp-http.ts'

const RESOURCE = 'service.name=a,service.version=1,deployment.environment.name=production,team=x%2Cy'

const IDENTITIES: readonly (readonly [Variables, Partial<ReturnType<typeof identityOf>>])[] = [
  [{}, { service: undefined, environment: 'dev', version: undefined }],
  [
    { NODE_ENV: 'production', npm_package_version: '9' },
    { environment: 'prod', version: '9' },
  ],
  [
    { NODE_ENV: 'production', VERCEL_ENV: 'preview', VERCEL_GIT_COMMIT_SHA: 'c0ffee' },
    { environment: 'preview', version: 'c0ffee' },
  ],
  [{ NODE_ENV: 'staging' }, { environment: 'staging' }],
  [
    { NODE_ENV: 'test', OTEL_RESOURCE_ATTRIBUTES: RESOURCE },
    { service: 'a', environment: 'production', version: '1', attributes: { team: 'x,y' } },
  ],
  [{ OTEL_RESOURCE_ATTRIBUTES: RESOURCE, OTEL_SERVICE_NAME: 'b' }, { service: 'b' }],
  [
    {
      ...{ SENSORIUM_SERVICE: 'c', SENSORIUM_ENVIRONMENT: 'eu', SENSORIUM_VERSION: '3' },
      ...{ OTEL_RESOURCE_ATTRIBUTES: RESOURCE, OTEL_SERVICE_NAME: 'b', NODE_ENV: 'production' },
    },
    { service: 'c', environment: 'eu', version: '3' },
  ],
  [{ OWN_ENV: 'own', SENSORIUM_ENVIRONMENT: 'eu' }, { environment: 'own' }],
]
test('who sends is read by one rule: own variable, SENSORIUM_*, OpenTelemetry’s, the platform’s, dev', () => {
  for (const [variables, expected] of IDENTITIES) {
    assert.partialDeepStrictEqual(identityOf({}, { environment: 'OWN_ENV' }, variables), expected)
  }
  assert.equal(identityOf({ environment: 'code' }, { environment: 'OWN_ENV' }, { OWN_ENV: 'own' }).environment, 'code')
})

const JSON_TYPE = { 'content-type': 'application/json' }
const BEARER = { authorization: 'Bearer t', ...JSON_TYPE }
const PLACES: readonly (readonly [string | undefined, Variables, string | undefined, object?])[] = [
  [undefined, {}, undefined],
  [undefined, { SENSORIUM_OTLP_URL: 'http://s:4318/', SENSORIUM_TOKEN: 't' }, 'http://s:4318/v1/logs', BEARER],
  [undefined, { SENSORIUM_OTLP_URL: 'http://s', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://o/x' }, 'http://s/v1/logs'],
  [
    undefined,
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://l/x' },
    'http://l/x',
  ],
  // A token that was given for Sensorium does not go to another receiver.
  [undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o', SENSORIUM_TOKEN: 't' }, 'http://o/v1/logs', JSON_TYPE],
  ['http://code', { SENSORIUM_OTLP_URL: 'http://s', SENSORIUM_TOKEN: 't' }, 'http://code/v1/logs', BEARER],
  [
    'http://code',
    { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20own', SENSORIUM_TOKEN: 't' },
    'http://code/v1/logs',
    { authorization: 'Bearer own', ...JSON_TYPE },
  ],
  [undefined, { SENSORIUM_OTLP_URL: 'http://s', OTEL_LOGS_EXPORTER: 'none' }, undefined],
  ['http://code', { OTEL_SDK_DISABLED: 'true' }, undefined],
]
test('where OTLP goes is read by the same rule, and OpenTelemetry’s switches are heeded', () => {
  for (const [endpoint, variables, url, headers] of PLACES) {
    const target = targetOf('logs', endpoint, variables)
    assert.equal(target?.url, url, JSON.stringify(variables))
    if (headers !== undefined) assert.deepEqual(target?.headers, headers)
  }
  assert.throws(() => targetOf('logs', 'ftp://x', {}), /ftp:\/\/x\/v1\/logs is no http URL/)
})

test('pairs are read as OpenTelemetry writes them, and what is no pair is passed over', () => {
  assert.deepEqual(readPairs('authorization=Bearer%20x, a = b ,=c,d,e=100%'), {
    authorization: 'Bearer x',
    a: 'b',
    e: '100%',
  })
})
