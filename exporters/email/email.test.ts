import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import type { DeliveryFault } from '../../pipeline/destination.ts'
import { type FakeService, testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { assertGolden, SAMPLE_NOTIFICATIONS } from '../../tests/told/golden.ts'
import { emailConfig } from './config.ts'
import { emailDestination } from './destination.ts'
import { email } from './index.ts'
import { mailOf } from './mail.ts'

const ADDRESSES = { from: 'Sensorium <sensorium@example.com>', to: ['ops@example.com', 'Ada <ada@example.com>'] }
await testTellingExporter(email, { host: '127.0.0.1', port: 9, tls: 'none', ...ADDRESSES })

/** A real SMTP server on loopback. */
async function open(): Promise<FakeService & { readonly raw: string[] }> {
  const raw: string[] = []
  let attempts = 0
  let next: DeliveryFault | 'busy' | undefined
  const fault = (code: number, message: string) => Object.assign(new Error(message), { responseCode: code })
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: false,
    allowInsecureAuth: true,
    logger: false,
    onAuth(_auth, session, callback) {
      attempts += 1
      const isRefused = next === 'misconfigured'
      if (isRefused) next = undefined
      callback(isRefused ? fault(535, 'who are you') : null, isRefused ? undefined : { user: session.id })
    },
    onMailFrom(_address, _session, callback) {
      const isBusy = next === 'unsent' || next === 'busy'
      if (isBusy) next = undefined
      callback(isBusy ? fault(451, 'later') : null)
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const meets = next
        next = undefined
        if (meets === 'refused') return callback(fault(554, 'no'))
        raw.push(Buffer.concat(chunks).toString())
        if (meets !== 'lost') return callback(null)
        // Taken, and gone before it says so.
        for (const connection of server.connections)
          if (connection.session.id === session.id) Reflect.get(connection, '_socket').destroy()
      })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo // it listens on TCP
  const at = (port: number) =>
    emailDestination(
      emailConfig.parse({
        host: '127.0.0.1',
        port,
        tls: 'none',
        username: 'sensorium',
        password: 'secret',
        timeout_ms: 3_000,
        ...ADDRESSES,
      }),
    )
  const [there, gone] = [at(port), at(9)]
  let isAway = false
  return {
    raw,
    destination: { ...there, deliver: (...given) => (isAway ? gone : there).deliver(...given) },
    messages: () => raw.map(mail => ({ key: /^Message-ID: (<.+>)\r$/m.exec(mail)?.[1] ?? '', text: decoded(mail) })),
    attempts: () => attempts,
    meet: fault => {
      isAway = fault === 'away'
      if (fault !== 'away') next = fault
    },
    isBack: () => {
      isAway = false
    },
    close: () => new Promise<void>(resolve => server.close(() => resolve())),
  }
}

/** Bodies of a mail, without their transfer encodings. */
function decoded(mail: string): string {
  const parts = mail.split(/\r\n--[^\r\n]+(?:--)?\r\n/)
  return parts
    .map(part => {
      const [head = '', ...rest] = part.split('\r\n\r\n')
      const body = rest.join('\r\n\r\n')
      if (/base64/i.test(head)) return `${head}\n${Buffer.from(body, 'base64')}`
      if (!/quoted-printable/i.test(head)) return part
      const bytes = body
        .replaceAll(/=\r\n/g, '')
        .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      return `${head}\n${Buffer.from(bytes, 'latin1')}`
    })
    .join('\n')
}

testDestination('email', open, {
  saysHowLong: false,
  acts: [/^(?:Bcc|Cc):/im, /<!doctype html>[\s\S]*(?:<script|<img|href=.(?!http:\/\/127\.0\.0\.1:4320\/))/i],
})

test('email: a mail has text and HTML, says that it is automatic, goes to whom the configuration names, and threads', async t => {
  const service = await open()
  t.after(() => service.close())
  const notifications = [...SAMPLE_NOTIFICATIONS].filter(([name]) => /^incident-(?:opened|resolved)/.test(name))
  for (const [, notification] of notifications) {
    await service.destination.deliver(notification, undefined, new AbortController().signal)
  }
  const [first = '', second = ''] = service.raw
  for (const head of [
    /^From: Sensorium <sensorium@example\.com>\r$/m,
    /^To: ops@example\.com, Ada <ada@example\.com>\r$/m,
    /^Auto-Submitted: auto-generated\r$/m,
    /^Content-Type: text\/plain; charset=utf-8\r$/m,
    /^Content-Type: text\/html; charset=utf-8\r$/m,
    /^Subject: \[critical\] prod payments: payments does not answer/m,
  ]) {
    assert.match(first, head)
  }
  const id = /^Message-ID: (<.+>)\r$/m.exec(first)?.[1]
  assert.equal(/^In-Reply-To: (<.+>)\r$/m.exec(second)?.[1], id)
  assert.doesNotMatch(first, /^References:/m)
})

test('email: no header is made of what a sender wrote', async t => {
  const service = await open()
  t.after(() => service.close())
  const [, notification] = [...SAMPLE_NOTIFICATIONS][0]!
  const [part] = notification.findings
  const title = 'x\r\nBcc: evil@example.com\r\nX-Evil: 1\r\n\r\nhello'
  const hostile = { ...notification, findings: [{ ...part!, finding: { ...part!.finding, title } }] }
  await service.destination.deliver(hostile, undefined, new AbortController().signal)
  const head = service.raw[0]!.split('\r\n\r\n')[0]!
  assert.doesNotMatch(head, /^(?:Bcc|X-Evil)/im)
})

for (const tls of ['starttls', 'implicit']) {
  test(`email: a server without TLS where ${tls} is configured is to be mended, and no mail is given up`, async t => {
    const server = new SMTPServer({ disabledCommands: ['STARTTLS'], authOptional: true, logger: false })
    server.on('error', () => {})
    server.listen(0, '127.0.0.1')
    await once(server.server, 'listening')
    t.after(() => new Promise<void>(resolve => server.close(() => resolve())))
    const { port } = server.server.address() as AddressInfo // it listens on TCP
    const destination = emailDestination(emailConfig.parse({ host: '127.0.0.1', port, tls, ...ADDRESSES }))
    const [, notification] = [...SAMPLE_NOTIFICATIONS][0]!
    await assert.rejects(destination.deliver(notification, undefined, new AbortController().signal), {
      fault: 'misconfigured',
      message: /set tls as the server has it/,
    })
  })
}

test('email: a password does not travel in the open to another machine', () => {
  const given = { host: 'smtp.example.com', tls: 'none', username: 'a', password: 'b', ...ADDRESSES }
  assert.equal(emailConfig.safeParse(given).success, false)
  assert.equal(emailConfig.safeParse({ ...given, tls: 'starttls' }).success, true)
  assert.equal(emailConfig.safeParse({ ...given, from: 'a\r\nBcc: b@c.d <x@y.z>' }).success, false)
})

for (const [name, notification] of SAMPLE_NOTIFICATIONS) {
  test(`email: the mail of ${name} is as agreed, as text and HTML`, () => {
    const { subject, text, html, messageId, references } = mailOf(
      notification,
      'https://sensorium.example',
      'example.com',
    )
    const folder = path.join(import.meta.dirname, 'testcases')
    assertGolden(
      folder,
      `${name}.txt`,
      `Subject: ${subject}\nMessage-ID: ${messageId}\nReferences: ${references ?? ''}\n\n${text}`,
    )
    assertGolden(folder, `${name}.html`, html)
  })
}

test('a finding with a picture has it in the mail, with words for who does not see it', () => {
  const [, sample] = [...SAMPLE_NOTIFICATIONS][0]!
  const [first] = sample.findings
  const picture = { from: 0, to: 60_000, counts: [0, 3], marks: [30_000] }
  const finding = { ...first!.finding, picture }
  const { attachments = [], html } = mailOf(
    { ...sample, findings: [{ ...first!, finding }] },
    'http://127.0.0.1:4320',
    'example.com',
  )
  assert.equal(attachments.length, 1)
  const [{ cid, content }] = attachments as [(typeof attachments)[number]]
  assert.equal(content.subarray(1, 4).toString('latin1'), 'PNG')
  assert.ok(html.includes(`<img src="cid:${cid}" alt="failures over time: at most 3`))
})
