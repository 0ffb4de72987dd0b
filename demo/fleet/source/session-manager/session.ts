import type { Reply, Session, Work } from '../work.ts'

class ContractExpired extends Error {
  override readonly name = 'ContractExpired'
  readonly status = 500
}

class QuoteTimeout extends Error {
  override readonly name = 'QuoteTimeout'
  readonly status = 504
}

class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly status: number
  constructor(service: string, status: number) {
    super(`${service} answered ${status}`)
    this.status = status >= 400 && status < 500 ? status : 502
  }
}

/** Starts a session: whose it is, what it will cost, a hold on the driver's card, and the row that says that it runs. */
export async function startSession(work: Work, session: Session): Promise<string> {
  work.set({
    'ev.station': session.station,
    'ev.site': session.site,
    'ev.connector': session.connector,
    'ev.partner': session.partner,
    'ev.tariff': session.tariff,
    'ev.currency': session.currency,
  })
  try {
    checkContract(work, session)
    await work.query('SELECT sessions', 2)
    const amount = await askQuote(work, session)
    await askHold(work, amount)
    await keep(work)
  } catch (error) {
    if (isDropped(error)) work.debug('SESSION_DROP', error.name)
    throw error
  }
  work.log('info', `session ${session.id} of ${session.userId} runs at ${session.station}`)
  return session.id
}

export async function keepMeter(work: Work, session: Session): Promise<void> {
  await work.query('UPDATE meters', 3)
  work.log('debug', `meter of ${session.station} kept`)
}

function checkContract(work: Work, session: Session): void {
  work.compute(1)
  if (session.contractUntil > work.now()) return
  throw new ContractExpired(`contract of ${session.userId} with ${session.partner} ended before session ${session.id}`)
}

async function askQuote(work: Work, session: Session, attempts = 3, timeoutMs = 1_500): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const reply = await work.call('ServiceA', 'POST /quotes', timeoutMs)
    if (reply.status === 200) return Number(reply.body)
    if (reply.status !== 0) throw new UpstreamError('ServiceA', reply.status)
    if (attempt >= attempts) {
      throw new QuoteTimeout(`no quote for session ${session.id} within ${attempts} times ${timeoutMs} ms`)
    }
    work.log('warn', `no quote for session ${session.id} at attempt ${attempt}, trying again`)
    work.wait(80 * attempt)
  }
}

async function askHold(work: Work, amount: number): Promise<void> {
  const reply: Reply = await work.call('Payment', 'POST /holds', 4_000)
  if (reply.status !== 200) throw new UpstreamError('Payment', reply.status)
  work.log('debug', `a hold of ${amount.toFixed(2)} is placed`)
}

async function keep(work: Work): Promise<void> {
  await work.inside('keep session', async keeping => {
    await keeping.query('INSERT sessions', 4)
    await keeping.query('UPDATE stations', 3)
  })
}

/** Drivers whose card is declined know why. */
function isDropped(error: unknown): error is Error {
  return error instanceof Error && !('status' in error && Number(error.status) < 500)
}
