import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { DeliveryError } from '../../pipeline/destination.ts'
import { findingRecord } from '../../pipeline/testing/findings.ts'
import { testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { assertGolden, SAMPLE_NOTIFICATIONS } from '../../tests/told/golden.ts'
import { openHttpDestination } from '../../tests/told/http-destination.ts'
import { openHttpService, type ReceivedRequest, type ScriptedAnswer } from '../../tests/told/http-service.ts'
import { openOutbox, START } from '../../tests/told/outbox.ts'
import { annotationOf } from './annotation.ts'
import { grafanaConfig } from './config.ts'
import { createGrafanaDashboard } from './dashboard.ts'
import { grafanaDestination } from './destination.ts'
import { grafana } from './index.ts'

await testTellingExporter(grafana, { url: 'http://127.0.0.1:9', api_key: 'x' })

interface Annotation {
  readonly id: number
  readonly time: number
  readonly timeEnd?: number
  readonly tags: readonly string[]
  readonly text: string
}

/** As much of Grafana as keeps annotations. */
function openAnnotations() {
  const kept = new Map<number, Annotation>()
  const respond = ({ method, path: url, body, headers }: ReceivedRequest): ScriptedAnswer => {
    if (headers.authorization !== 'Bearer glsa_test') return { status: 401 }
    const { pathname, searchParams } = new URL(url, 'http://grafana')
    const id = Number(/^\/api\/annotations\/(\d+)$/.exec(pathname)?.[1])
    if (method === 'GET') {
      const tags = searchParams.getAll('tags')
      return { body: JSON.stringify([...kept.values()].filter(one => tags.every(tag => one.tags.includes(tag)))) }
    }
    const given = JSON.parse(body) as Annotation // what we sent
    assert.ok(given.tags.every(tag => tag.length <= 100))
    if (method === 'PATCH') {
      const before = kept.get(id)
      if (before === undefined) return { status: 404, body: '{"message":"not found"}' }
      kept.set(id, { ...before, ...given })
      return { body: '{"message":"Annotation patched"}' }
    }
    const made = { ...given, id: kept.size + 1 }
    kept.set(made.id, made)
    return { body: JSON.stringify({ message: 'Annotation added', id: made.id }) }
  }
  return { kept, respond }
}

const open = async () => {
  const { kept, respond } = openAnnotations()
  const service = await openHttpDestination({
    at: url => grafanaDestination(grafanaConfig.parse({ url, api_key: 'glsa_test' })),
    respond,
    messageOf: ({ method, body }) =>
      method === 'POST' ? { key: (JSON.parse(body) as Annotation).tags[1]!, text: body } : undefined, // what we sent
  })
  return { ...service, kept }
}

testDestination('grafana', open, { acts: [/<script|<img|href=\\"(?!http:\/\/127\.0\.0\.1:4320\/)/] })

test('grafana: what fires is an annotation, and its end is the annotation’s', async t => {
  const service = await open()
  t.after(() => service.close())
  const outbox = await openOutbox(service.destination, 'grafana')
  t.after(() => outbox.close())
  const since = new Date(START).toISOString()
  for (const [event, revision] of [
    ['opened', 1],
    ['acknowledged', 2],
    ['resolved', 3],
  ] as const) {
    await outbox.accept(
      findingRecord({
        event: `incident.${event}`,
        id: 'i',
        kind: 'incident',
        revision,
        since,
        at: new Date(outbox.now()).toISOString(),
      }),
    )
    await outbox.pass(10 * 60_000)
  }
  assert.deepEqual(
    [...service.kept.values()].map(({ time, timeEnd }) => [time, timeEnd]),
    [[START, START + 20 * 60_000]],
  )
  assert.match(service.kept.get(1)!.text, /\[resolved\]/)
})

test('createGrafanaDashboard makes a dashboard, or a new version of it, and tells where it is', async t => {
  const server = await openHttpService(() => ({
    body: '{"id":7,"uid":"shop","url":"/d/shop/the-shop","status":"success","version":2}',
  }))
  t.after(server.close)
  const access = { url: `${server.url}/`, api_key: 'glsa_test', timeout_ms: 5_000 }
  const url = await createGrafanaDashboard(
    access,
    { id: 12, uid: 'shop', title: 'The shop', panels: [] },
    { folderUid: 'f', message: 'from here' },
  )
  assert.equal(url, `${server.url}/d/shop/the-shop`)
  const [request] = server.requests
  assert.deepEqual(
    [request?.method, request?.path, request?.headers.authorization],
    ['POST', '/api/dashboards/db', 'Bearer glsa_test'],
  )
  assert.deepEqual(JSON.parse(request!.body), {
    dashboard: { id: null, uid: 'shop', title: 'The shop', panels: [] },
    folderUid: 'f',
    message: 'from here',
    overwrite: true,
  })
  server.script.push(
    { status: 412, body: '{"message":"somebody else changed it"}' },
    { status: 200, body: '<html>sign in' },
  )
  await assert.rejects(
    createGrafanaDashboard(access, {}),
    (error: unknown) => error instanceof DeliveryError && /412.*somebody else/.test(error.message),
  )
  await assert.rejects(createGrafanaDashboard(access, {}), /something else than Grafana/)
})

for (const [name, notification] of SAMPLE_NOTIFICATIONS) {
  test(`grafana: the annotation of ${name} is as agreed`, () => {
    const annotation = annotationOf(notification, {
      link_base_url: 'https://sensorium.example',
      tags: ['prod'],
      dashboard_uid: undefined,
    })
    assertGolden(
      path.join(import.meta.dirname, 'testcases'),
      `${name}.json`,
      `${JSON.stringify(annotation, null, 2)}\n`,
    )
  })
}
