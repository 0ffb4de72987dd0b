import { Argument, Command } from 'commander'
import { printLines } from '../terminal/guard.ts'

/** Each asks the program itself, so that what is offered is what there is. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_sensorium() {
  local IFS=$'\\n'
  COMPREPLY=($(sensorium complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _sensorium sensorium
`,
  zsh: `#compdef sensorium
_sensorium() {
  local -a found
  found=("\${(@f)$(sensorium complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $found
}
compdef _sensorium sensorium
`,
  fish: `complete -c sensorium -f -a '(sensorium complete -- (commandline -opc)[2..] (commandline -ct))'
`,
}

export function completionCommand(): Command {
  return new Command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
  source <(sensorium completion bash)        # in ~/.bashrc
  source <(sensorium completion zsh)         # in ~/.zshrc
  sensorium completion fish | source         # in config.fish`,
    )
    .action((shell: string) => printLines(SCRIPTS[shell]!))
}

/** What may stand in the place of the last word, which may be begun. Asked by the scripts above. */
export function completeCommand(programOf: (name: string | undefined) => Promise<Command>): Command {
  return new Command('complete').argument('[words...]').action(async (words: string[]) => {
    const found = candidates(await programOf(words.find(word => !word.startsWith('-'))), words)
    printLines(found.map(word => `${word}\n`).join(''))
  })
}

export function candidates(program: Command, words: readonly string[]): string[] {
  const last = words.at(-1) ?? ''
  let command = program
  for (const word of words.slice(0, -1)) command = command.commands.find(one => one.name() === word) ?? command
  const before = words.at(-2) ?? ''
  const option = command.options.find(one => before !== '' && (one.long === before || one.short === before))
  const offered =
    option?.argChoices ??
    (last.startsWith('-')
      ? [...command.options.map(one => one.long ?? one.short ?? ''), '--help']
      : [
          ...command.commands.filter(one => one.name() !== 'complete').map(one => one.name()),
          ...command.registeredArguments.flatMap(argument => argument.argChoices ?? []),
        ])
  return offered.filter(word => word.startsWith(last))
}
