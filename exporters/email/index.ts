import { define } from '../../pipeline/component.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { emailConfig } from './config.ts'
import { emailDestination } from './destination.ts'

export const email = define({
  kind: 'exporter',
  type: 'email',
  summary:
    'Tells people of findings by mail, as text and HTML: one thread for each group of findings. A mail whose answer was lost comes again under the same Message-ID.',
  signals: ['logs'],
  delivery: 'durable',
  config: emailConfig,
  examples: [
    {
      host: 'smtp.example.com',
      username: 'sensorium',
      password: 'secret',
      from: 'Sensorium <sensorium@example.com>',
      to: ['ops@example.com'],
      link_base_url: 'https://sensorium.example',
    },
    { host: '127.0.0.1', port: 25, tls: 'none', from: 'sensorium@example.com', to: ['Ada <ada@example.com>'] },
  ],
  create: (settings, _next, context) => createNotifier(emailDestination(settings), context),
})
