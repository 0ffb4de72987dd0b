/** Counters and gauges of the service in Prometheus' text format (version 0.0.4). */
export interface Metrics {
  request(path: string, status: number): void
  batch(texts: number, durationMs: number, isError: boolean): void
  tokens(counts: readonly number[]): void
  expose(queue: { waiting: number; running: number; limit: number }): string
}

export function createMetrics(): Metrics {
  const requests = new Map<string, number>()
  const totals = { texts: 0, tokens: 0, batches: 0, failures: 0, seconds: 0 }
  return {
    request: (path, status) => {
      const labels = `path="${path}",status="${status}"`
      requests.set(labels, (requests.get(labels) ?? 0) + 1)
    },
    batch: (texts, durationMs, isError) => {
      totals.batches += 1
      totals.seconds += durationMs / 1000
      if (isError) totals.failures += 1
      else totals.texts += texts
    },
    tokens: counts => {
      for (const count of counts) totals.tokens += count
    },
    expose: queue =>
      [
        ...metric('requests_total', 'counter', 'Requests by path and status.', [...requests]),
        ...metric('texts_total', 'counter', 'Texts embedded.', [['', totals.texts]]),
        ...metric('tokens_total', 'counter', 'Tokens of these texts.', [['', totals.tokens]]),
        ...metric('batches_total', 'counter', 'Runs of the model.', [['', totals.batches]]),
        ...metric('batch_failures_total', 'counter', 'Runs of the model that failed.', [['', totals.failures]]),
        ...metric('batch_seconds_total', 'counter', 'Time in the model.', [['', totals.seconds]]),
        ...metric('queue_texts', 'gauge', 'Texts that wait.', [['', queue.waiting]]),
        ...metric('running_texts', 'gauge', 'Texts in the model.', [['', queue.running]]),
        ...metric('queue_limit_texts', 'gauge', 'Texts that may wait.', [['', queue.limit]]),
        '',
      ].join('\n'),
  }
}

function metric(name: string, type: string, help: string, values: readonly (readonly [string, number])[]): string[] {
  const full = `sensorium_embedding_${name}`
  const lines = values.map(([labels, value]) => `${full}${labels === '' ? '' : `{${labels}}`} ${value}`)
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines]
}
