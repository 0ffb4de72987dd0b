import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { fingerprintLines } from '../../analysis/log-template/fingerprint-lines.ts'
import { escaped, printLines } from '../terminal/guard.ts'

export function fingerprintCommand(): Command {
  return new Command('fingerprint')
    .option('--json', 'print {"group_id", "template"} for each line')
    .addHelpText(
      'after',
      `
The groups are what all lines together prove, so the answer comes after the last one, in the order of the lines:
  journalctl -o cat | sensorium fingerprint | sort | uniq -c | sort -rn | head`,
    )
    .action(async (options: { json?: true }) => {
      const lines: string[] = []
      for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }))
        lines.push(line)
      // A template is one line, whatever the message held.
      const answers = fingerprintLines(lines).map(({ groupId, template }) =>
        options.json
          ? `${escaped(JSON.stringify({ group_id: groupId, template }))}\n`
          : `${groupId}\t${template.replace(/[\t\r\n]/g, ' ')}\n`,
      )
      printLines(answers.join(''))
    })
}
