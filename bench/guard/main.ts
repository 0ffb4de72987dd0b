import { Admission } from '../../pipeline/admission.ts'
import { hostFault } from '../../pipeline/listener/hosts.ts'
import { isTooSlow, keepPace, startPace } from '../../pipeline/listener/pace.ts'
import { senderOf } from '../../pipeline/sender.ts'

/**
 * What the guard of the listeners costs a request, beside other senders: its sender, its account, its pace, its host.
 *
 *   npm run bench:guard
 *
 * `npm run bench:ingest` prints the CPU of a row, of which a request has a thousand: the guard is looked for in it in
 * vain.
 */
const REQUESTS = 100_000
const ROUNDS = 5
/** Of 100 KB, as they come from a socket. */
const CHUNKS = 6
const CHUNK_BYTES = 16 * 1024
const OTHERS = 32

const admission = new Admission(256 * 1024 * 1024)
for (let i = 0; i < OTHERS; i++) admission.hold(senderOf(`10.0.0.${i}`)).take(100_000)

function request(): void {
  const fault = hostFault('127.0.0.1:4318', undefined, { allowedHosts: [], allowedOrigins: [], isLocal: true })
  if (fault !== undefined) throw new Error(fault)
  const hold = admission.hold(senderOf('127.0.0.1'))
  const pace = startPace(performance.now())
  for (let i = 0; i < CHUNKS; i++) {
    keepPace(pace, (i + 1) * CHUNK_BYTES, false, performance.now())
    hold.take(CHUNK_BYTES)
  }
  if (isTooSlow(pace, performance.now())) throw new Error('too slow')
  hold.arrived()
  hold.release()
}

const rounds = Array.from({ length: ROUNDS }, () => {
  const since = process.cpuUsage()
  for (let i = 0; i < REQUESTS; i++) request()
  const { user, system } = process.cpuUsage(since)
  return (user + system) / REQUESTS
}).sort((a, b) => a - b)
console.log(
  `${rounds[Math.floor(ROUNDS / 2)]!.toFixed(2)} µs of CPU a request of ${CHUNKS} chunks beside ${OTHERS} senders (${rounds[0]!.toFixed(2)} to ${rounds.at(-1)!.toFixed(2)})`,
)
