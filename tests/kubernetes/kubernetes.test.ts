import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { ROOT } from '../sensorium-process.ts'

// What the schemas of Kubernetes do not know; scripts/real/check-kubernetes.sh builds and checks against those.

interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly resources: { readonly limits: { readonly memory?: string }; readonly requests: object }
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly readinessProbe?: object
  readonly livenessProbe?: object
}
interface Pod {
  readonly serviceAccountName: string
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly initContainers?: readonly Container[]
  readonly containers: readonly Container[]
}
interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: {
    readonly template?: { readonly metadata: { readonly labels: object }; readonly spec: Pod }
    readonly selector?: { readonly matchLabels?: object }
    readonly ports?: readonly { readonly targetPort: string }[]
    readonly replicas?: number
  }
}

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')
const resourcesOf = (part: string) =>
  readdirSync(path.join(ROOT, 'deploy/kubernetes', part))
    .filter(name => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .flatMap(name => parseAllDocuments(read(`deploy/kubernetes/${part}/${name}`)).map(one => one.toJS() as Resource))
const all = [...resourcesOf('base'), ...resourcesOf('collector')]
const workloads = all.filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet')

test('every container is pinned, bounded, probed, and has no right that it does not need', () => {
  assert.equal(workloads.length, 3)
  for (const { metadata, spec } of workloads) {
    const pod = spec!.template!.spec
    assert.deepEqual(spec!.selector!.matchLabels, spec!.template!.metadata.labels, metadata.name)
    for (const one of pod.containers) {
      assert.ok(one.image === 'sensorium' || /:\d+\.\d+\.\d+$/.test(one.image), one.image)
      assert.ok(one.resources.limits.memory !== undefined, one.name)
      assert.ok(one.readinessProbe !== undefined && one.livenessProbe !== undefined, one.name)
      const rights = { ...pod.securityContext, ...one.securityContext }
      assert.equal(rights.runAsNonRoot, true)
      assert.equal(rights.readOnlyRootFilesystem, true)
      assert.deepEqual(rights.capabilities, { drop: ['ALL'] })
    }
  }
})

test('no secret stands in a file, and what a namespace forbids is not asked for', () => {
  assert.deepEqual(
    all.filter(({ kind }) => kind === 'Secret'),
    [],
  )
  const restricted = all.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'sensorium')
  assert.equal(restricted?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted')
  assert.doesNotMatch(read('deploy/kubernetes/base/gateway.yaml'), /hostPath|hostNetwork|privileged/)
})

test('the two halves of the configuration are the whole', () => {
  interface Half {
    readonly receivers: object
    readonly service: { readonly pipelines: object }
  }
  const config = (file: string) => parse(read(file)) as Half
  const halves = ['gateway', 'worker'].map(half => config(`deploy/kubernetes/base/config/${half}.yaml`))
  const whole = config('config/container.yaml')
  const names = (pick: (half: Half) => object) => halves.flatMap(half => Object.keys(pick(half))).sort()
  assert.deepEqual(
    names(half => half.receivers),
    Object.keys(whole.receivers).sort(),
  )
  assert.deepEqual(
    names(half => half.service.pipelines),
    Object.keys(whole.service.pipelines).sort(),
  )
})

test('the Collector runs the release that the manifest pins, and is told only what its configuration reads', () => {
  const { containers } = workloads.find(({ kind }) => kind === 'DaemonSet')!.spec!.template!.spec
  const { dist } = parse(read('collector/builder.yaml')) as { dist: { version: string } }
  assert.equal(containers[0]!.image, `otel/opentelemetry-collector-contrib:${dist.version}`)
  const config = read('collector/gateway.yaml')
  for (const { name } of containers[0]!.env!) assert.ok(config.includes(`\${env:${name}`), name)
})

test('the autoscaler alone says how many gateways there are', () => {
  const gateway = workloads.find(({ metadata }) => metadata.name === 'sensorium-gateway')
  assert.equal(gateway?.spec?.replicas, undefined)
  assert.ok(all.some(({ kind }) => kind === 'HorizontalPodAutoscaler'))
})
