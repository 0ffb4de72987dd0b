import { ipv4End, ipv6End, emailDomainEnd, macEnd, portOrMaskEnd, urlEnd } from './addresses.ts'
import { classAt, classOf, CONNECTOR, DIGIT, digitsEnd, HARD, isAlphanumeric, isHex, isLetter, SPACE } from './characters.ts'
import { chunk, classify, MASKED, readChunk } from './chunks.ts'
import { pushMasked } from './chunk-tokens.ts'
import { foldAddedDate, foldAddedWord, foldClosingParenthesis, foldComparison } from './folding.ts'
import {
  BASE64,
  CLASS,
  EMAIL,
  FIRST_VARIABLE,
  HOST,
  IP,
  JSON_PAYLOAD,
  type Kind,
  MAC,
  NUM,
  PATH,
  placeholderAt,
  PLACEHOLDERS,
  PUNCTUATION,
  QUOTED,
  TIME,
  URL,
  USER,
  WORD,
} from './kinds.ts'
import { MAX_MESSAGE_CHARS } from './limits.ts'
import { announcesUser, isNoUserName, isRoleAccount, isTextKey, isUserKey, wordKind } from './meanings.ts'
import { isSlash, pathEnd, relativePathEnd } from './paths.ts'
import { closingQuote, jsonEnd, quoteLength, readsAsText, UNCLOSED } from './payloads.ts'
import { timestampEnd } from './timestamps.ts'
import { clear, isFull, kindBack, push, pushTruncated, tokens } from './tokens.ts'
