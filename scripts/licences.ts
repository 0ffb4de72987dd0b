import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** npm publishes what lies in a package's own folder, so each package has its copy of the licence. */
export function licenceCopies(root: string): [string, () => string][] {
  return globSync('clients/*/package.json', { cwd: root })
    .sort()
    .map(file => [path.join(path.dirname(file), 'LICENSE'), () => readFileSync(path.join(root, 'LICENSE'), 'utf8')])
}
