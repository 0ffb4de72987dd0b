import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { type OtlpStream, openOtlpStream } from './otlp-stream.ts'
import { type LoggerStatus, type OtlpStreamOptions, STATUS_EVENT } from './worker-contract.ts'

/** How often the main thread learns of new counts. */
const STATUS_INTERVAL_MS = 250

/** pino's transport target: runs in a worker thread, so that neither sending nor a slow server delays the program. */
export default function transport(options: OtlpStreamOptions): OtlpStream {
  const stream = openOtlpStream(options, message => {
    // A worker's process.stderr goes through the main thread, which may be at its end.
    writeSync(2, `sensorium logger: ${message}\n`)
  })
  let told = ''
  const timer = setInterval(() => tell(stream.status()), STATUS_INTERVAL_MS)
  timer.unref()
  function tell(status: LoggerStatus): void {
    const text = JSON.stringify(status)
    if (text === told) return
    told = text
    // thread-stream emits messages of this form on the stream that the main thread has.
    parentPort?.postMessage({ code: 'EVENT', name: STATUS_EVENT, args: [status] })
  }
  const { flush } = stream
  stream.flush = callback =>
    flush(error => {
      tell(stream.status())
      callback(error)
    })
  return stream
}
