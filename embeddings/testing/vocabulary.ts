const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789']
const PUNCTUATION = [...'.,:;-_/()<>=\'"?!']
const WORDS =
  'payment timed out time in checkout connection refused database disk full memory error not found the of user'
const PIECES = 'pay ment ##ment ##ed ##ing ##s ##out ##ion con ##nect ##base ##er'

/** Token by id: whole words, pieces, and every letter both ways, so that any ASCII word can be written. */
export const VOCABULARY: readonly string[] = [
  ...SPECIAL,
  ...PUNCTUATION,
  ...WORDS.split(' '),
  ...PIECES.split(' '),
  ...LETTERS,
  ...LETTERS.map(letter => `##${letter}`),
].filter((token, at, all) => all.indexOf(token) === at)

const id = (token: string) => VOCABULARY.indexOf(token)

/** `tokenizer.json` of a BERT model over VOCABULARY, as the tokenizers library writes it. */
export function tokenizerJson(): object {
  const special = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } })
  const known = (token: string) => ({ id: token, ids: [id(token)], tokens: [token] })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map(content => ({
      id: id(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      special_tokens: { '[CLS]': known('[CLS]'), '[SEP]': known('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((token, index) => [token, index])),
    },
  }
}

/**
 * The ids of a lower-case ASCII text between [CLS] and [SEP], cut to `maxTokens`: greedy longest match (Wu et al.
 * 2016), written apart from the library that the product uses, to check it.
 */
export function wordPieces(text: string, maxTokens: number): number[] {
  const words = text.match(/[a-z0-9]+|[^a-z0-9\s]/g) ?? []
  const ids = words.flatMap(piecesOf)
  return [id('[CLS]'), ...ids.slice(0, maxTokens - 2), id('[SEP]')]
}

function piecesOf(word: string): number[] {
  // As max_input_chars_per_word above says.
  if (word.length > 100) return [id('[UNK]')]
  const ids: number[] = []
  for (let from = 0; from < word.length; ) {
    let to = word.length
    const token = () => (from === 0 ? '' : '##') + word.slice(from, to)
    while (to > from && id(token()) < 0) to--
    if (to === from) return [id('[UNK]')]
    ids.push(id(token()))
    from = to
  }
  return ids
}
