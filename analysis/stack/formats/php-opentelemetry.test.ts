import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOpenTelemetryPhp } from './php-opentelemetry.ts'

test('OpenTelemetry’s form of PHP’s traces is read back into PHP’s own names', () => {
  const error = parseOpenTelemetryPhp(
    `App.QuoteFailed: quote failed: 7
	at App.Quote.make(Quote.php:14)
	at {main}(index.php:20)
Caused by: PDOException: SQLSTATE[40001]
	at PDOStatement.execute(Store.php:22)
	at App.Store.App.{closure}(Store.php:21)
	at array_map(Unknown Source)
	at {closure:App.Store::insert():12}(Store.php:12)
	... 2 more`.split('\n'),
  )
  assert.deepEqual(
    [error?.type, error?.message, error?.cause?.type],
    ['App\\QuoteFailed', 'quote failed: 7', 'PDOException'],
  )
  const seen = [error, error?.cause].map(link =>
    link?.frames.map(frame => `${frame.owner}|${frame.name}|${frame.file}`),
  )
  assert.deepEqual(seen, [
    ['App\\Quote|make|Quote.php', '|{main}|index.php'],
    [
      'PDOStatement|execute|[internal function]',
      '|{closure}|Store.php',
      '|array_map|[internal function]',
      '|{closure:App\\Store::insert():12}|Store.php',
    ],
  ])
})
