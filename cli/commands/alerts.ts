import { Command } from 'commander'
import { alertsTestCommand } from './alerts-test.ts'

export function alertsCommand(): Command {
  return new Command('alerts')
    .addHelpText('after', '\n  sensorium alerts test config/alerts.yaml --since 14d')
    .addCommand(alertsTestCommand())
}
