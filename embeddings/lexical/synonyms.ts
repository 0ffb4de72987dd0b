import { stem } from './stem.ts'

/**
 * What the same thing is called in logs and by people. A row is one meaning; its phrases are compared by stems, so one
 * form of each word is enough, and a word or two may stand between the words of a phrase. Only what any system can
 * report: nobody's trade. TROUBLES are what goes wrong, SUBJECTS what it happens to.
 */
const TROUBLES: Readonly<Record<string, string>> = {
  timeout:
    'timeout, timed out, time out, deadline, etimedout, not answer, not respond, no response, no reply, no answer, not reply, unresponsive, took too long, waited too long, hang, hung, stuck',
  refused:
    'refused, rejected, declined, denied, not accept, turned down, econnrefused, not permit, not allowed, disallowed',
  unreachable:
    'unreachable, not reach, unavailable, not available, no route, ehostunreach, enetunreach, offline, down, away, gone, no live, silent, bad gateway, 502, 503',
  disconnected:
    'disconnected, connection reset, connection lost, connection closed, lost connection, econnreset, broken pipe, epipe, socket hang up, closed, shut down, lost, reconnecting',
  exhausted:
    'exhausted, run out, ran out, used up, too many, no more, limit, exceeded, quota, full, no space, out of memory, depleted, insufficient, emfile, enospc, enomem, oom, oomkilled, remaining',
  missing:
    'missing, not found, no such, notfound, not exist, enoent, enotfound, 404, unknown, absent, no module, nosuchkey, no',
  forbidden:
    'forbidden, permission denied, access denied, not allowed, not authorized, eacces, eperm, 403, lacks role, lacks permission, permission',
  throttled: 'throttled, rate limit, too many requests, 429, backing off, slow down',
  crashed:
    'crashed, panic, aborted, segfault, segmentation fault, sigsegv, core dumped, killed, terminated, sigkill, sigabrt, died, restarting, crashloopbackoff',
  nothing: 'null, nil, undefined, none, nonetype, nullpointerexception, npe, dereference',
  malformed:
    'malformed, invalid, not valid, unparsable, syntax, unexpected, corrupt, wrong, broken, illegal, bad, not decode, not parse',
  expired: 'expired, stale, no longer valid, outdated, not yet valid',
  lagging: 'lag, behind, delay, backlog, skew, drift',
  retried: 'retry, attempts, giving up, gave up, reconnecting, backoff, back off',
  duplicate:
    'duplicate, already exists, unique constraint, conflict, 409, twice, already used, already in use, eaddrinuse',
  blocked: 'deadlock, lock wait, blocked, waits for, contention',
  slow: 'slow, latency, took, pause, delay, performance',
  large: 'too large, too big, exceeds, 413, oversized, too long, too deep, maximum, above',
  range: 'out of bounds, out of range, indexoutofbounds',
  failed:
    'failed, failure, error, err, exception, fault, problem, issue, unhandled, uncaught, fatal, critical, severe, warning, rolled back, aborted, unsuccessful, breaks, unable, not, never',
  mismatch: 'mismatch, differs, not match, incompatible, not assignable, violates, inconsistent',
  skipped: 'skipped, ignored, dropped, discarded, dead letter, lost',
}
const SUBJECTS: Readonly<Record<string, string>> = {
  connection: 'connection, socket, econnrefused, econnreset, websocket, tcp',
  memory: 'memory, oom, oomkilled, heap, enomem',
  disk: 'disk, enospc, no space left, storage, volume, filesystem',
  login: 'authentication, unauthenticated, unauthorized, login, log in, logged in, sign in, credentials, password, 401',
  access: 'access, permission, role, eacces, eperm, 403, forbidden, allowed, authorized',
  health: 'health check, healthcheck, probe, heartbeat, readiness, liveness',
  certificate: 'certificate, cert, tls, ssl, x509, handshake, https',
  lookup: 'dns, getaddrinfo, enotfound, nxdomain, hostname, resolve host',
  parsing: 'parse, decode, deserialize, unmarshal, syntax, unexpected token, validate, schema',
  database: 'database, db, sql, postgres, postgresql, mysql, mariadb, mongodb, sqlite, oracle, transaction',
  cache: 'cache, redis, memcached, valkey',
  queue: 'queue, broker, topic, kafka, rabbitmq, amqp, nats, sqs, consumer, publish, message',
  proxy: 'proxy, gateway, nginx, haproxy, envoy, load balancer, upstream, ingress',
  mail: 'mail, email, smtp, recipient',
  concurrency: 'thread, worker, pool, executor, goroutine',
  release: 'deploy, release, rollout, migration, upgrade',
  user: 'user, customer, client, subject, account',
  host: 'node, host, machine, instance, pod, container',
  file: 'file, directory, folder, path',
  payload: 'payload, body, entity, upload',
  pipeline: 'build, compile, test, suite',
}

export interface Meaning {
  readonly name: string
  readonly isTrouble: boolean
}

/** A place in the tree of all phrases: what follows the words so far, and what these mean. */
export interface Step {
  readonly next: ReadonlyMap<string, Step>
  readonly meanings: readonly Meaning[]
}

interface GrowingStep extends Step {
  readonly next: Map<string, GrowingStep>
  readonly meanings: Meaning[]
}

/** The tree of all phrases by their stems. */
export const PHRASES: Step = tree()

function tree(): GrowingStep {
  const root: GrowingStep = { next: new Map(), meanings: [] }
  const learn = (rows: Readonly<Record<string, string>>, isTrouble: boolean) => {
    for (const [name, phrases] of Object.entries(rows)) {
      for (const phrase of phrases.split(', ')) stepTo(root, phrase).meanings.push({ name, isTrouble })
    }
  }
  learn(TROUBLES, true)
  learn(SUBJECTS, false)
  return root
}

function stepTo(root: GrowingStep, phrase: string): GrowingStep {
  let step = root
  for (const word of phrase.split(' ')) {
    const key = stem(word)
    const next = step.next.get(key) ?? { next: new Map(), meanings: [] }
    step.next.set(key, next)
    step = next
  }
  return step
}
