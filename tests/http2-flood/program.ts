import { connect } from 'node:net'
import { FLOODS, OPENING } from './frames.ts'

/**
 * A process that floods a port until it is ended: `node program.ts PORT KIND ADDRESS CONNECTIONS`, where ADDRESS is its own. Whoever is cut off comes back
 * at once. It says `flooding` when the first connection has sent.
 */
const [port, kind, localAddress, connections] = process.argv.slice(2)
const say = FLOODS[kind ?? '']
if (say === undefined) throw new Error(`no such flood: ${kind}`)
const FRAMES_AT_ONCE = 500
/** Streams have 31 bits. */
const STREAM_MAX = 2 ** 31 - 1

let opened = 0

function flood(): void {
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: localAddress! })
  let stream = 1
  const send = () => {
    if (socket.destroyed || stream > STREAM_MAX - 2 * FRAMES_AT_ONCE) return
    const frames = Array.from({ length: FRAMES_AT_ONCE }, (_, i) => say!(stream + 2 * i))
    stream += 2 * FRAMES_AT_ONCE
    // Not in one go where the line takes all of it: the other connections want to flood, too.
    if (socket.write(Buffer.concat(frames))) setImmediate(send)
  }
  socket.on('error', () => {}) // cut off
  socket.once('connect', () => {
    opened += 1
    if (opened === 1) console.log('flooding')
    socket.write(OPENING)
    send()
  })
  socket.on('drain', send)
  socket.resume()
  socket.once('close', () => setImmediate(flood))
}

for (let i = 0; i < Number(connections); i++) flood()
process.once('SIGTERM', () => {
  console.log(`${opened} connections`)
  process.exit(0)
})
