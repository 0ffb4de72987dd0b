import { createTransport } from 'nodemailer'
import { DeliveryError, type Destination } from '../../pipeline/destination.ts'
import { errorText } from '../../pipeline/errors.ts'
import type { FindingChange } from '../../pipeline/model/index.ts'
import type { EmailSettings } from './config.ts'
import { mailOf } from './mail.ts'

/** Mail programs and servers that look for repetitions know a mail by its Message-ID. Updates would only fill mailboxes. */
export function emailDestination(settings: EmailSettings): Destination {
  const changes: FindingChange[] = ['new', 'escalated', 'again']
  const domain = /@([^<>\s@]+)>?$/.exec(settings.from)?.[1] ?? 'localhost'
  return {
    wants: new Set(settings.send_resolved ? [...changes, 'resolved'] : changes),
    recognisesRepeats: true,
    async deliver(notification, _thread, signal) {
      signal.throwIfAborted()
      const { references, attachments, ...mail } = mailOf(notification, settings.link_base_url, domain)
      const transport = createTransport(transportSettings(settings))
      const cut = () => transport.close()
      signal.addEventListener('abort', cut, { once: true })
      try {
        const info = await transport.sendMail({
          ...mail,
          from: settings.from,
          to: [...settings.to],
          date: new Date(notification.at),
          ...(attachments === undefined ? {} : { attachments: [...attachments] }),
          ...(references === undefined ? {} : { references, inReplyTo: references }),
          headers: { 'Auto-Submitted': 'auto-generated' },
          // What a finding says is text: it names no file and no URL to be fetched.
          disableFileAccess: true,
          disableUrlAccess: true,
        })
        return { answer: answerOf(info) }
      } catch (error) {
        signal.throwIfAborted()
        throw asFault(error)
      } finally {
        signal.removeEventListener('abort', cut)
        transport.close()
      }
    },
  }
}

function transportSettings({ host, port, tls, username, password, timeout_ms }: EmailSettings) {
  return {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(username === undefined || username === '' ? {} : { auth: { user: username, pass: password ?? '' } }),
    connectionTimeout: timeout_ms,
    greetingTimeout: timeout_ms,
    socketTimeout: timeout_ms,
  }
}

function answerOf(info: { readonly response?: string; readonly rejected?: readonly unknown[] }): string {
  const refused = (info.rejected ?? []).map(String)
  const answer = info.response ?? 'taken'
  return refused.length === 0 ? answer : `${answer}; not taken for ${refused.join(', ')}`
}

/** What nodemailer throws: a code of its own, and the server's where it answered. */
function asFault(error: unknown): DeliveryError {
  const { code, responseCode } = Object(error) as { code?: string; responseCode?: number } // both may be missing
  const message = `the mail server: ${errorText(error)}`
  const { library } = Object(error) as { library?: string } // OpenSSL's
  if (code === 'ETLS' || library === 'SSL routines') {
    const asks = 'set tls as the server has it: starttls, implicit or none'
    return new DeliveryError('misconfigured', `no TLS with the mail server, ${asks}: ${errorText(error)}`, 0, {
      cause: error,
    })
  }
  if (code === 'EAUTH' && (responseCode === undefined || responseCode >= 500)) {
    return new DeliveryError('misconfigured', message, 0, { cause: error })
  }
  if (responseCode !== undefined)
    return new DeliveryError(responseCode >= 500 ? 'refused' : 'unsent', message, 0, { cause: error })
  const cause = Object(error) as { errno?: number; syscall?: string } // of the system's errors
  const isUnreached = cause.syscall === 'connect' || cause.syscall === 'getaddrinfo' || code === 'EDNS'
  return new DeliveryError(isUnreached ? 'unsent' : 'lost', message, 0, { cause: error })
}
