import { z } from 'zod'

/** `config_sentence_transformers.json`: what a model wants to read before a text, by the task. */
export const sentenceTransformersFile = z.looseObject({
  prompts: z.record(z.string(), z.string().nullable()).nullish(),
})

/**
 * BGE's models of 2023 were trained with a sentence before each question, and their folders do not say it: the names
 * that they give themselves do.
 */
const FAMILIES: readonly (readonly [name: RegExp, instruction: string])[] = [
  [/\bbge-(small|base|large)-en(-v1\.5)?\b/i, 'Represent this sentence for searching relevant passages: '],
  [/\bbge-(small|base|large)-zh(-v1\.5)?\b/i, '为这个句子生成表示以用于检索相关文章：'],
]

/**
 * What stands before a question and not before what is searched: the prompt "query" of the folder, else that of the
 * model's family, by any of the names that are known of it. Undefined for models that want none.
 */
export function queryInstructionOf(
  file: z.output<typeof sentenceTransformersFile> | undefined,
  names: readonly (string | undefined)[],
): string | undefined {
  const told = file?.prompts?.query
  if (typeof told === 'string') return told === '' ? undefined : told
  // Folders are named BAAI_bge-small-en or BAAI/bge-small-en, with a slash at their end or without.
  const known = names.map(name => name?.replaceAll(/[_/]/g, ' ') ?? '')
  return FAMILIES.find(([pattern]) => known.some(name => pattern.test(name)))?.[1]
}
