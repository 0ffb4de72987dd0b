import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Command, Option } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { readAlerts } from '../../receivers/reflexes/alerts-file.ts'
import { readAlerting } from '../grafana/alerting.ts'
import { grafanaApi } from '../grafana/api.ts'
import { exportFiles, readDashboardFiles } from '../grafana/files.ts'
import { type DatasourceLogin, FOLDER, provision } from '../grafana/provision.ts'
import { printTable } from '../terminal/table.ts'

interface ProvisionOptions {
  readonly url: string
  readonly tokenFile: string
  readonly databaseUrlFile?: string
  readonly alerts?: string
  readonly alertEmail?: string
  readonly runbooksUrl?: string
  readonly dryRun?: true
}

export function grafanaCommand(): Command {
  return new Command('grafana').addCommand(exportCommand()).addCommand(provisionCommand())
}

function exportCommand(): Command {
  return new Command('export')
    .description('write dashboards and provisioning files for Grafana below a folder')
    .argument('<folder>')
    .action(async (folder: string) => {
      await exportFiles(path.resolve(folder))
      console.log(
        `dashboards and provisioning files are in ${folder}; docs/grafana.md says which variables Grafana needs`,
      )
    })
}

function provisionCommand(): Command {
  return new Command('provision')
    .description(
      'bring folder, datasource, dashboards and alert rules into a running Grafana; a second run changes nothing',
    )
    .requiredOption('--url <url>', 'of Grafana, like http://127.0.0.1:3000')
    .requiredOption('--token-file <file>', 'holds the token of a service account with the role Admin')
    .option(
      '--database-url-file <file>',
      'holds the URL of a login that only reads, as Grafana reaches the database; without it the datasource is left as it is',
    )
    .addOption(
      new Option('--alerts <file>', 'where the limits of the rules are, such as config/alerts.yaml').env(
        'SENSORIUM_ALERTS',
      ),
    )
    .option(
      '--alert-email <address>',
      'who is told of alerts, by Grafana; without it contact points and policies are left as they are',
    )
    .option('--runbooks-url <url>', 'where your copy of docs/runbooks can be read; rules link to it')
    .option('--dry-run', 'say what would change, and change nothing')
    .addHelpText(
      'after',
      `
  sensorium grafana provision --url http://127.0.0.1:3000 --token-file token --database-url-file reader-url --dry-run`,
    )
    .action(async (options: ProvisionOptions) => {
      const { url, tokenFile, databaseUrlFile, alerts, alertEmail: email, runbooksUrl, dryRun } = options
      if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
        throw new SensoriumError('USAGE', `--url ${url}: give the address of Grafana, like http://127.0.0.1:3000`)
      }
      const api = grafanaApi(url, await secretIn(tokenFile, '--token-file'))
      const login =
        databaseUrlFile === undefined ? undefined : loginOf(await secretIn(databaseUrlFile, '--database-url-file'))
      const { watch: limits } = await readAlerts(alerts === '' ? undefined : alerts)
      const alerting = await readAlerting({ folderUid: FOLDER.uid, limits, runbooksUrl, email })
      const dashboards = await readDashboardFiles()
      const done = await provision(api, { dashboards, login, alerting, isDryRun: dryRun === true })
      printTable(
        ['what', dryRun ? 'would be' : 'is'],
        done.map(({ what, outcome }) => ({ what, [dryRun ? 'would be' : 'is']: outcome })),
      )
    })
}

async function secretIn(file: string, option: string): Promise<string> {
  let text: string
  try {
    text = (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    throw new SensoriumError('USAGE', `${option} ${file} cannot be read`, { cause })
  }
  if (text === '') throw new SensoriumError('USAGE', `${option} ${file} is empty`)
  return text
}

/** The file's content is in no message: it holds a password. */
function loginOf(text: string): DatasourceLogin {
  const url = URL.parse(text)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.username === '' || url.pathname.length < 2) {
    throw new SensoriumError('USAGE', '--database-url-file: it should hold postgres://USER:PASSWORD@HOST:PORT/DATABASE')
  }
  return {
    address: `${url.hostname}:${url.port === '' ? '5432' : url.port}`,
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    sslmode: url.searchParams.get('sslmode') ?? 'disable',
  }
}
