import { Command } from 'commander'
import { meaningOf } from '../../embeddings/meaning.ts'
import { withClient } from '../../store/connect.ts'
import { findById } from '../../store/fingerprints/group-list.ts'
import { createSearcher, type SearchAnswer, type SearchFilter } from '../../store/search/index.ts'
import { countOf, kindOption, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { embeddingIn, withProvider } from '../embedding.ts'
import { silentLogger } from '../logging.ts'
import { columnsOf } from '../terminal/columns.ts'
import { printJson } from '../terminal/guard.ts'
import { searchText } from '../terminal/search-text.ts'

interface Options {
  readonly config: string
  readonly similarTo?: string
  readonly since?: Date
  readonly service?: string
  readonly env?: string
  readonly kind?: string
  readonly limit: number
  readonly json?: true
}

export function searchCommand(): Command {
  return new Command('search')
    .argument('[question]', 'what happened, in words')
    .addOption(configOption())
    .option('--similar-to <fingerprint>', 'instead of a question: problems like this one (its first digits are enough)')
    .option('--since <time>', 'seen at this time or later: 15m, 24h, 7d, or an ISO 8601 time', timeOf)
    .option('--service <name>', 'seen in this service')
    .option('--env <name>', 'seen in this environment (deployment.environment.name)')
    .addOption(kindOption())
    .option('--limit <n>', 'at most so many answers', countOf(100), 10)
    .option('--json', 'print {"hits": […], "notes": […]}')
    .addHelpText(
      'after',
      `
Each answer is one group of alike problems, with why it was found: by meaning (the vectors of the processor "embed"),
by words, by names as they are typed (identifiers, codes), or by letters (parts of words, typing errors), and how
sure that is. A note says when nothing is clearly about the question.

  sensorium search "payment timed out in checkout"
  sensorium search "disk is full" --since 24h --kind error --json
  sensorium search --similar-to 4817818956aa6da2`,
    )
    .action(async (question: string | undefined, options: Options, command: Command) => {
      if ((question === undefined) === (options.similarTo === undefined)) {
        command.error('error: give a question, or --similar-to with a fingerprint')
      }
      const answer = await ask(question, options)
      if (options.json) printJson(answer)
      else console.log(searchText(answer, columnsOf(process.stdout)))
    })
}

function ask(question: string | undefined, options: Options): Promise<SearchAnswer> {
  return withStore(options.config, async (store, { data }) => {
    const filter: SearchFilter = {
      since: options.since,
      services: options.service === undefined ? undefined : [options.service],
      environments: options.env === undefined ? undefined : [options.env],
      kind: options.kind,
    }
    const similarTo =
      options.similarTo === undefined
        ? undefined
        : await withClient(store, 'reader', client => findById(client, options.similarTo ?? ''))
    const run = (meaning?: ReturnType<typeof meaningOf>) => {
      const searcher = createSearcher(store, meaning)
      return similarTo === undefined
        ? searcher.search({ text: question ?? '', limit: options.limit, ...filter })
        : searcher.similar({ fingerprint: similarTo.fingerprint, limit: options.limit, ...filter })
    }
    const settings = embeddingIn(data)
    if (settings === undefined) return run()
    const { signal } = new AbortController()
    return withProvider(settings, silentLogger(), provider => run(meaningOf(provider, signal)))
  })
}
