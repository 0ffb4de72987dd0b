import { Command } from 'commander'
import { printJson } from '../terminal/guard.ts'
import { VERSION } from '../version.ts'

export function versionCommand(): Command {
  return new Command('version').option('--json', 'print JSON').action((options: { json?: true }) => {
    const node = process.versions.node
    if (options.json) printJson({ sensorium: VERSION, node })
    else console.log(`sensorium ${VERSION}, Node ${node}`)
  })
}
