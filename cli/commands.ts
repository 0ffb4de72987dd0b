import { Command } from 'commander'

/** A command of the tree, whose code is loaded only when it is called. */
interface Entry {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

interface Group {
  readonly title: string
  readonly entries: readonly Entry[]
}

/** All commands, in the order of the help: what a person reaches for first comes first. */
const GROUPS: readonly Group[] = [
  {
    title: 'Run:',
    entries: [
      {
        name: 'start',
        summary: 'run the receivers, the pipelines and, without DATABASE_URL, the embedded database',
        load: async () => (await import('./commands/start.ts')).startCommand(),
      },
      {
        name: 'demo',
        summary: 'send the telemetry of a simulated shop, with a deploy that breaks something',
        load: async () => (await import('./commands/demo.ts')).demoCommand(),
      },
      {
        name: 'doctor',
        summary: 'tell what is reachable, what the database can do, and what is misconfigured',
        load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
      },
    ],
  },
  {
    title: 'Look:',
    entries: [
      {
        name: 'tail',
        summary: 'log lines and errors, live',
        load: async () => (await import('./commands/tail.ts')).tailCommand(),
      },
      {
        name: 'trace',
        summary: 'one trace as a waterfall, with its warnings and errors',
        load: async () => (await import('./commands/trace.ts')).traceCommand(),
      },
      {
        name: 'explain',
        summary:
          'why a problem, an incident, one order or the trouble of some minutes came, and which change is to blame',
        load: async () => (await import('./commands/explain.ts')).explainCommand(),
      },
      {
        name: 'reports',
        summary: 'what was noticed, and what it likely came from: list, show',
        load: async () => (await import('./commands/reports.ts')).reportsCommand(),
      },
      {
        name: 'causes',
        summary: 'say whether a report was right; how often they are',
        load: async () => (await import('./commands/causes.ts')).causesCommand(),
      },
      {
        name: 'known-issues',
        summary: 'problems that are known and what mends them: list, add, test, import',
        load: async () => (await import('./commands/known-issues.ts')).knownIssuesCommand(),
      },
      {
        name: 'search',
        summary: 'find problems by what they mean and what they say',
        load: async () => (await import('./commands/search.ts')).searchCommand(),
      },
      {
        name: 'anomalies',
        summary: 'what is or was unusual: list, acknowledge, learn what is usual; score any series on stdin',
        load: async () => (await import('./commands/anomalies.ts')).anomaliesCommand(),
      },
      {
        name: 'incidents',
        summary: 'anomalies, problems and burns that belong together: list, show, take, resolve',
        load: async () => (await import('./commands/incidents.ts')).incidentsCommand(),
      },
      {
        name: 'logs',
        summary: 'find log records by their words or ids, the newest first',
        load: async () => (await import('./commands/logs.ts')).logsCommand(),
      },
      {
        name: 'kpi',
        summary: 'requests, errors, durations, uptime and apdex of services, or of the operations of one',
        load: async () => (await import('./commands/kpi.ts')).kpiCommand(),
      },
      {
        name: 'map',
        summary: 'who calls whom, learnt from traces, beside what config/system-map.yaml claims',
        load: async () => (await import('./commands/map.ts')).mapCommand(),
      },
      {
        name: 'groups',
        summary: 'groups of alike problems: list, merge, split, resolve; each change can be previewed',
        load: async () => (await import('./commands/groups.ts')).groupsCommand(),
      },
      {
        name: 'sql',
        summary: 'run one statement that reads, as the read-only role',
        load: async () => (await import('./commands/sql.ts')).sqlCommand(),
      },
      {
        name: 'schema',
        summary: 'tables and views that can be read, or the columns of one',
        load: async () => (await import('./commands/schema.ts')).schemaCommand(),
      },
    ],
  },
  {
    title: 'Be told:',
    entries: [
      {
        name: 'alerts',
        summary: 'who is told of what: send a test, what fires, messages sent; try a file of alerts on what is stored',
        load: async () => (await import('./commands/alerts.ts')).alertsCommand(),
      },
      {
        name: 'silences',
        summary: 'silences and maintenance windows: add, list, end',
        load: async () => (await import('./commands/silences.ts')).silencesCommand(),
      },
      {
        name: 'dashboards',
        summary: 'put dashboards into Grafana, from their JSON',
        load: async () => (await import('./commands/dashboards.ts')).dashboardsCommand(),
      },
    ],
  },
  {
    title: 'Let in:',
    entries: [
      {
        name: 'mcp',
        summary: 'serve agents over stdio: a read-only MCP server',
        load: async () => (await import('./commands/mcp.ts')).mcpCommand(),
      },
      {
        name: 'console',
        summary: 'who may sign in to the web console: add, list, remove',
        load: async () => (await import('./commands/console.ts')).consoleCommand(),
      },
      {
        name: 'tokens',
        summary: 'tokens of agents that ask over HTTP: add, list, revoke',
        load: async () => (await import('./commands/tokens.ts')).tokensCommand(),
      },
      {
        name: 'nodes',
        summary: 'the nodes that may report: add, list, revoke',
        load: async () => (await import('./commands/nodes.ts')).nodesCommand(),
      },
    ],
  },
  {
    title: 'Maintain:',
    entries: [
      {
        name: 'store',
        summary: 'what is stored and what it costs, how long the disk lasts; maintenance now, backup, restore',
        load: async () => (await import('./commands/store.ts')).storeCommand(),
      },
      {
        name: 'rollup',
        summary: 'make the hours and days of the KPIs anew',
        load: async () => (await import('./commands/rollup.ts')).rollupCommand(),
      },
      {
        name: 'migrate',
        summary: 'bring the database to the schema of this version (start does it too)',
        load: async () => (await import('./commands/migrate.ts')).migrateCommand(),
      },
      {
        name: 'config',
        summary: 'check, print or describe the configuration',
        load: async () => (await import('./commands/config.ts')).configCommand(),
      },
      {
        name: 'model',
        summary: 'fetch embedding models and list those that are there',
        load: async () => (await import('./commands/model.ts')).modelCommand(),
      },
      {
        name: 'reembed',
        summary: 'embed all problems with the model of the configuration, then forget those of other models',
        load: async () => (await import('./commands/reembed.ts')).reembedCommand(),
      },
      {
        name: 'embed-server',
        summary: 'serve an embedding model over HTTP',
        load: async () => (await import('./commands/embed-server.ts')).embedServerCommand(),
      },
    ],
  },
  {
    title: 'Beside:',
    entries: [
      {
        name: 'fingerprint',
        summary: 'read log lines on stdin, and print group-id<TAB>template for each',
        load: async () => (await import('./commands/fingerprint.ts')).fingerprintCommand(),
      },
      {
        name: 'grafana',
        summary: 'dashboards: write the files, or bring them into a running Grafana',
        load: async () => (await import('./commands/grafana.ts')).grafanaCommand(),
      },
      {
        name: 'completion',
        summary: 'print the script by which a shell completes commands and options',
        load: async () => (await import('./commands/completion.ts')).completionCommand(),
      },
      {
        name: 'version',
        summary: 'print the versions of Sensorium and Node',
        load: async () => (await import('./commands/version.ts')).versionCommand(),
      },
    ],
  },
]

/** The program with the one command that is called, the others by name alone. */
export async function addCommands(program: Command, wanted: (name: string) => boolean): Promise<void> {
  for (const { title, entries } of GROUPS) {
    for (const { name, summary, load } of entries) {
      const command = wanted(name) ? await load() : new Command(name)
      program.addCommand(command.description(summary).helpGroup(title))
    }
  }
}

/** What shells ask to complete a command line: in no help. */
export async function addCompletion(program: Command): Promise<void> {
  const { completeCommand } = await import('./commands/completion.ts')
  const named = async (name: string | undefined) => {
    const whole = new Command('sensorium')
    await addCommands(whole, one => one === name)
    return whole
  }
  program.addCommand(completeCommand(named), { hidden: true })
}
