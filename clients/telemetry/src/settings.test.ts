import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from './settings.ts'

const PLACES: readonly (readonly [string, Parameters<typeof readSettings>[0], Record<string, string>])[] = [
  ['http://127.0.0.1:4318/v1/traces', {}, {}],
  ['http://collector:4318/v1/traces', {}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }],
  ['http://a/x', {}, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a/x', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b' }],
  ['http://a/x', {}, { TELEMETRY_EXPORTER_OTLP_URL: 'http://a/x', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b/x' }],
  ['https://code/base/v1/traces', { endpoint: 'https://code/base' }, { TELEMETRY_EXPORTER_OTLP_URL: 'http://a/x' }],
]
test('what is said in code goes before the environment, and a full address before a base', () => {
  for (const [url, options, environment] of PLACES) assert.equal(readSettings(options, environment).tracesUrl, url)
})

test('who sends is found where OpenTelemetry says it is', () => {
  const nobody = readSettings({}, {})
  assert.deepEqual([nobody.service, nobody.version, nobody.environment], ['unknown_service:node', undefined, 'dev'])
  const attributes = 'service.name=a,service.version=1,deployment.environment.name=prod,team=x%2Cy'
  const told = readSettings({}, { OTEL_RESOURCE_ATTRIBUTES: attributes, NODE_ENV: 'test', npm_package_version: '9' })
  assert.deepEqual([told.service, told.version, told.environment, told.attributes.team], ['a', '1', 'prod', 'x,y'])
  const named = readSettings({}, { OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'b' })
  assert.equal(named.service, 'b')
  assert.equal(readSettings({ service: 'c' }, { OTEL_SERVICE_NAME: 'b' }).service, 'c')
})

test('what makes no sense is an error that says so', () => {
  assert.throws(() => readSettings({ endpoint: 'ftp://a' }, {}), /ftp:\/\/a\/v1\/traces is no http URL/)
  assert.throws(() => readSettings({ sampleRatio: 2 }, {}), /from 0 to 1/)
  assert.throws(() => readSettings({}, { OTEL_TRACES_SAMPLER_ARG: 'half' }), /from 0 to 1/)
})
