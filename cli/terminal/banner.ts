export interface BannerFacts {
  readonly version: string
  readonly footing: string
  readonly grpcEndpoint: string | undefined
  readonly httpEndpoint: string | undefined
  readonly applicationEndpoint: string
  readonly hasConsole: boolean
  readonly databaseUrl: string
  /** The URL is that of a login for psql and Grafana, and no DATABASE_URL. */
  readonly onlyReads: boolean
  readonly readyMs: number
}

/** What someone needs to know to send the first span and to see it. */
export function banner(facts: BannerFacts): string {
  const rows: [string, string][] = []
  if (facts.grpcEndpoint !== undefined) rows.push(['OTLP/gRPC', facts.grpcEndpoint])
  if (facts.httpEndpoint !== undefined) rows.push(['OTLP/HTTP', `http://${facts.httpEndpoint}`])
  if (facts.hasConsole) rows.push(['console', `http://${facts.applicationEndpoint}/`])
  rows.push(['health', `http://${facts.applicationEndpoint}/readyz  (/metrics, /healthz)`])
  rows.push(['database', facts.databaseUrl])
  rows.push(['', `(${facts.footing}${facts.onlyReads ? '; only reads: for psql and Grafana' : ''})`])
  const lines = rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`)
  const otlp = facts.httpEndpoint ?? facts.grpcEndpoint
  return [
    `Sensorium ${facts.version} is ready (${(facts.readyMs / 1000).toFixed(1)} s)`,
    ...lines,
    '',
    ...(otlp === undefined ? [] : [`  a service needs    export OTEL_EXPORTER_OTLP_ENDPOINT=http://${otlp}`]),
    '  try it             npx sensorium demo',
    '  what went wrong    npx sensorium explain',
    '  look at it         npx sensorium sql "SELECT * FROM ingest_accounting"',
    '',
  ].join('\n')
}
