// An application that knows nothing of telemetry, run with `--import register.ts`: GET /orders/N asks itself for /stock
// by node:http on a pooled connection, after it has awaited; /broken answers 500.
import { Agent, createServer, get } from 'node:http'
import { setTimeout as later } from 'node:timers/promises'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

async function answer(request, response) {
  if (request.url?.startsWith('/broken')) return response.writeHead(500).end()
  if (request.url === '/end') process.exit(0)
  if (!request.url?.startsWith('/orders')) return response.end('3')
  // As Express leaves behind what it matched.
  request.route = { path: '/orders/:n' }
  await later(5)
  const url = new URL('/stock?customer=jane@example.com', `http://user:word@${request.headers.host}`)
  get(url, { agent }, stock => {
    let text = ''
    stock.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
    stock.on('end', () => response.end(`ordered, ${text} left`))
  })
}
const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))

// It takes its time to end: until it is asked for /end.
if (process.env.APP_ENDS_ITSELF) process.on('SIGTERM', () => process.stdout.write('told to end\n'))
