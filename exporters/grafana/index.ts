import { define } from '../../pipeline/component.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { grafanaConfig } from './config.ts'
import { grafanaDestination } from './destination.ts'

export const grafana = define({
  kind: 'exporter',
  type: 'grafana',
  summary:
    'Marks findings on Grafana’s graphs: an annotation for each group, from when it began until it was over, kept up to date.',
  signals: ['logs'],
  delivery: 'durable',
  config: grafanaConfig,
  examples: [
    { url: 'https://grafana.example', api_key: 'glsa_token' },
    { url: 'http://127.0.0.1:3000', api_key: 'glsa_token', dashboard_uid: 'shop', tags: ['prod'] },
  ],
  create: (settings, _next, context) => createNotifier(grafanaDestination(settings), context),
})
