// Buys from the shop whose address it is given, then has nothing left to do.
import { createServer } from 'node:http'
import { startTelemetry, withSpan } from '../index.ts'

const shop = process.argv[2]
const telemetry = startTelemetry({ service: 'buyer', version: '1.2.3', environment: 'test' })
await withSpan('buy', async span => {
  span.setAttribute('orders', 2)
  const answers = await Promise.all([1, 2].map(async n => (await fetch(`${shop}/orders/${n}?card=4111`)).text()))
  console.log(answers.join('; '))
  await (await fetch(`${shop}/broken`)).text()
  await fetch(`${await addressOfNobody()}/nobody`).catch(error => console.log(error.message))
})
if (process.argv[3] === 'flush') console.log(await telemetry.flush())

/** Where something listened a moment ago. */
async function addressOfNobody() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
