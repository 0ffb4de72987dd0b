import type { Session, Work } from '../work.ts'

class HandshakeError extends Error {
  override readonly name = 'HandshakeError'
  readonly status = 500
}

class ChargingRefused extends Error {
  override readonly name = 'ChargingRefused'
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** What a plug says of itself in the first message, in bytes. */
const HELLO: Readonly<Record<string, readonly number[]>> = {
  CCS2: [0x80, 0x01, 0x10],
  CHAdeMO: [0x64, 0x02],
  Type2: [0x80, 0x00, 0x20],
}

/** A car is plugged in: it and the station agree, the session is started, current flows. */
export async function plugIn(work: Work, session: Session): Promise<void> {
  work.set({ 'ev.station': session.station, 'ev.connector': session.connector })
  await greet(work, session)
  const reply = await work.call('SessionManager', 'POST /sessions', 9_000)
  if (reply.status !== 200) refuse(session, reply.status)
  await work.inside('close contactor', closing => closing.compute(14))
  work.log('info', `charging ${session.id} with ${session.connector}`, { 'ev.connector': session.connector })
}

/** What was charged since the last time. */
export async function sendMeter(work: Work, session: Session): Promise<void> {
  work.compute(2)
  await work.call('SessionManager', 'POST /meter', 5_000)
  work.log('debug', `meter of ${session.station} sent`)
}

async function greet(work: Work, session: Session): Promise<void> {
  try {
    await work.inside('greet the car', greeting => handshake(greeting, session))
  } catch (error) {
    work.debug('SESSION_DROP', 'HANDSHAKE')
    throw error
  }
}

function handshake(work: Work, session: Session): void {
  work.compute(35)
  const hello = HELLO[session.connector] ?? []
  const version = hello[1] ?? 0
  if (version > 2) {
    throw new HandshakeError(`car at ${session.station} speaks protocol ${version} over ${session.connector}`)
  }
  work.log('debug', `car at ${session.station} answered`, { 'ev.protocol': version })
}

function refuse(session: Session, status: number): never {
  const passedOn = status >= 400 && status < 500 ? status : 502
  throw new ChargingRefused(`session ${session.id} was refused with ${status}`, passedOn)
}
