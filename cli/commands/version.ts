import { Command } from 'commander'
import { VERSION } from '../version.ts'

export function versionCommand(): Command {
  return new Command('version').action(() => {
    console.log(`sensorium ${VERSION}, Node ${process.versions.node}`)
  })
}
