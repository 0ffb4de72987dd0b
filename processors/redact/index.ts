import { createHmac } from 'node:crypto'
import { createScanner } from '../../analysis/sensitive/scanner.ts'
import { define } from '../../pipeline/component.ts'
import { SIGNALS } from '../../pipeline/model/index.ts'
import { redactConfig } from './config.ts'
import { redactBatch } from './records.ts'
import { createValueRedactor } from './values.ts'

/** Half of what makes a short hash collide by chance among 16 million different secrets. */
const HASH_HEX_DIGITS = 12

export const redact = define({
  kind: 'processor',
  type: 'redact',
  summary:
    'Replaces credentials, and on demand e-mail addresses, card numbers and own patterns, in every text of a record: attributes and their keys, log bodies, names, messages, trace state, units and descriptions.',
  signals: SIGNALS,
  config: redactConfig,
  examples: [
    {},
    { email_addresses: true, card_numbers: true },
    {
      patterns: [{ name: 'customer_number', regex: '\\bCUST-\\d{6}\\b' }],
      secret_keys: ['patient.name'],
      safe_keys: ['session.token'],
      hash_secret: 'an example, not a secret',
    },
  ],
  create(config, next, context) {
    const counter = context.meter.createCounter('sensorium_processor_redacted_values', {
      description: 'Values replaced because they are sensitive, by kind. A batch that is sent again counts again.',
    })
    const counts = new Map<string, number>()
    const fixed = new Map(
      config.patterns.flatMap(own => (own.replacement === undefined ? [] : [[own.name, own.replacement]])),
    )
    const replace = (kind: string, secret: string) => {
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return fixed.get(kind) ?? `[REDACTED:${kind}${hash(secret)}]`
    }
    const hash = (secret: string) =>
      config.hash_secret === undefined
        ? ''
        : `#${createHmac('sha256', config.hash_secret).update(secret).digest('hex').slice(0, HASH_HEX_DIGITS)}`
    const redactor = createValueRedactor({
      scan: createScanner({
        credentials: config.credentials,
        emailAddresses: config.email_addresses,
        cardNumbers: config.card_numbers,
        patterns: config.patterns.map(own => ({ kind: own.name, regex: new RegExp(own.regex, 'g') })),
        replace,
      }),
      replace,
      credentials: config.credentials,
      cardNumbers: config.card_numbers,
      secretKeys: new Set(config.secret_keys.map(key => key.toLowerCase())),
      safeKeys: new Set(config.safe_keys.map(key => key.toLowerCase())),
    })
    return {
      async consume(batch, signal) {
        const redacted = redactBatch(batch, redactor)
        for (const [kind, values] of counts) counter.add(values, { processor: context.id, kind })
        counts.clear()
        return next(redacted, signal)
      },
    }
  },
})
