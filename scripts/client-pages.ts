import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * docs/clients/: the README of each package under clients/, which is published with the package, as a page of the docs,
 * and a page that lists them.
 */
export function clientPages(root: string): [string, () => string][] {
  const packages = globSync('clients/*/package.json', { cwd: root })
    .sort()
    .map(file => {
      const folder = path.dirname(file)
      const { name, description } = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Record<string, string> // ours
      return { folder, name: name!, description: description!, page: `${path.basename(folder)}.md` }
    })
  const list = packages.map(({ name, description, page }) => `| [${name}](${page}) | ${description} |`)
  const index = `# Packages for applications\n\nEach stands alone, never throws into the application and never blocks it, and says on its page what is lost when. They are on no registry yet: \`npm ci && npm run build:clients && npm pack ./clients/logger\` in a checkout makes a file that \`npm install\` takes in place of the name.\n\n| package | |\n| --- | --- |\n${list.join('\n')}\n\n${ENVIRONMENT}`
  return [
    ['docs/clients/README.md', () => index],
    ...packages.map(({ folder, page }): [string, () => string] => [
      `docs/clients/${page}`,
      () =>
        `<!-- Generated from ${folder}/README.md. -->\n\n${withLinks(readFileSync(path.join(root, folder, 'README.md'), 'utf8'), folder)}`,
    ]),
  ]
}

const ENVIRONMENT = `## One environment

All packages read the same variables, by one rule: what is said in code, then the package's own variable (on its page), then \`SENSORIUM_*\`, then OpenTelemetry's, then the platform's. A page in a browser has no variables.

| variable | is | else |
| --- | --- | --- |
| \`SENSORIUM_SERVICE\` | the service | \`OTEL_SERVICE_NAME\`, \`service.name\` in \`OTEL_RESOURCE_ATTRIBUTES\` |
| \`SENSORIUM_ENVIRONMENT\` | \`prod\`, \`preview\`, \`dev\` or a name of your own | \`deployment.environment.name\` in \`OTEL_RESOURCE_ATTRIBUTES\`, \`VERCEL_ENV\`, \`NODE_ENV\`, \`dev\` |
| \`SENSORIUM_VERSION\` | the version | \`service.version\` in \`OTEL_RESOURCE_ATTRIBUTES\`, \`VERCEL_GIT_COMMIT_SHA\`, \`npm_package_version\` |
| \`SENSORIUM_OTLP_URL\` | base address of OTLP/HTTP: traces, logs, metrics | \`OTEL_EXPORTER_OTLP_ENDPOINT\` and its like |
| \`SENSORIUM_URL\` | the application endpoint: debug events, application events, nodes, CI | |
| \`SENSORIUM_TOKEN\` | bearer token to both of these addresses, and to no other | \`OTEL_EXPORTER_OTLP_HEADERS\` for OTLP |
| \`SENSORIUM_SECRET\` | signs application events | |
| \`OTEL_SDK_DISABLED\`, \`OTEL_LOGS_EXPORTER=none\` and its like | send nothing | |
`

/** A link to a file of the package leads from the page into its folder. */
function withLinks(text: string, folder: string): string {
  return text.replaceAll(/\]\((?!https?:|#|\.\.\/)([^()\s]+)\)/g, `](../../${folder}/$1)`)
}
