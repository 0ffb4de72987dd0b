import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createScanner } from '../../analysis/sensitive/scanner.ts'
import { readCorpus } from './read-corpus.ts'
import { score } from './score.ts'

const MIN_RECALL = 0.98
const MIN_PRECISION = 0.98

test('of the labelled texts, 98 % of the secrets are replaced and 98 % of the changes are right', () => {
  const scan = createScanner({
    credentials: true,
    emailAddresses: false,
    cardNumbers: false,
    patterns: [],
    replace: kind => `[REDACTED:${kind}]`,
  })
  const secrets = readCorpus('secrets.tsv')
  const harmless = readCorpus('harmless.tsv')
  assert.ok(secrets.length >= 300 && harmless.length >= 300)
  assert.ok(new Set(secrets.map(line => line.form)).size >= 40)
  const { recall, precision, leaked, destroyed } = score(secrets, harmless, scan)
  assert.ok(recall >= MIN_RECALL, `${recall}\n${leaked.join('\n')}`)
  assert.ok(precision >= MIN_PRECISION, `${precision}\n${destroyed.join('\n')}`)
})
