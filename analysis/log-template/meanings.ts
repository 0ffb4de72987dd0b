import { BOOL, type Kind, NULL, WORD } from './kinds.ts'

/*
 * The few words that say what stands next to them. They are the vocabulary of loggers in general (key=value payloads,
 * login messages), not of any one program.
 */

/** Keys whose value names a person or account. */
const USER_KEYS = new Set('user username usr uname login account acct ruser luser owner'.split(' '))
const USER_KEY_INITIALS = [...new Set([...USER_KEYS].map(key => key.charCodeAt(0)))]

export function isUserKey(text: string, start: number, end: number): boolean {
  if (end - start < 3 || end - start > 8) return false
  // The first letter rules out nearly every key before a string is made of it.
  const first = text.charCodeAt(start) | 0x20
  return USER_KEY_INITIALS.includes(first) && USER_KEYS.has(text.slice(start, end).toLowerCase())
}

const WELL_KNOWN_ACCOUNTS = new Set(
  'root admin administrator anonymous bin daemon default ftp git guest mail mysql news nobody operator oracle postgres sshd sync sys system test ubuntu user uucp www www-data'.split(
    ' ',
  ),
)

/**
 * Accounts that every installation has. They are a role, not a person, and few: as the value of a key they stay, because
 * what happens to `user=root` is another problem than what happens to any one of a thousand users. Where one statement
 * is seen with several of them, grouping finds out.
 */
export function isWellKnownAccount(text: string, start: number, end: number): boolean {
  return end - start <= 13 && WELL_KNOWN_ACCOUNTS.has(text.slice(start, end).toLowerCase())
}

const BEFORE_USER = new Set('authenticating by for For from invalid Invalid illegal Illegal unknown Unknown'.split(' '))

/** True for `invalid user`, `unknown user`, `session opened for user`: the next word is a name. */
export function announcesUser(text: string, before: number, beforeEnd: number, start: number, end: number): boolean {
  return end - start === 4 && text.startsWith('user', start) && BEFORE_USER.has(text.slice(before, beforeEnd))
}

const ACTS = /[Uu]ser [A-Za-z][^\s,;:]{0,64} (?:logged|signed|authenticated|connected|disconnected|joined|left) /y

/** True for `user ana logged in`: the word behind is a name by what it does. */
export function isUserWhoActs(text: string, start: number, end: number): boolean {
  if (end - start !== 4 || (text.charCodeAt(start) | 0x20) !== 0x75) return false
  ACTS.lastIndex = start
  return ACTS.test(text)
}

const NOT_A_USER = new Set(
  'a account action agent and at authentication by confirmation count data from group has id in input interaction interface is in list login mode name not of on or password permission permissions profile request requests response role session sessions settings space table the to was with'.split(
    ' ',
  ),
)

/** True for words that may follow `user` in prose without being a name. */
export function isNoUserName(text: string, start: number, end: number): boolean {
  return NOT_A_USER.has(text.slice(start, end))
}

/** Keys whose quoted value is the message itself: it is read like any text. */
const TEXT_KEYS = new Set(
  'msg message err error reason cause exception detail details description text event title status'.split(' '),
)

export function isTextKey(text: string, start: number, end: number): boolean {
  return end - start <= 11 && TEXT_KEYS.has(text.slice(start, end).toLowerCase())
}

const TERMS_WITH_DIGITS = new Set(
  'amd64 arm64 b2b base64 e2e ec2 ed25519 ed448 ext2 ext3 ext4 float32 float64 h2 h264 h2c http2 http3 i18n i386 i686 int16 int32 int64 ipv4 ipv6 k8s l10n log4j log4j2 md5 mp3 mp4 oauth2 p2p s3 rc4 md4 sha1 sha2 sha3 sha224 sha256 sha384 sha512 slf4j tls1 p256 p384 p521 aes128 aes256 socks4 socks5 ssh1 ssh2 utf16 utf8 utf8mb4 win32 win64 x509 x86 x86_64'.split(
    ' ',
  ),
)

/** Terms of the trade that hold a digit which counts nothing. */
export function isTermWithDigits(text: string, start: number, end: number): boolean {
  return end - start <= 7 && TERMS_WITH_DIGITS.has(text.slice(start, end).toLowerCase())
}

const STATE_KEYS = new Set(
  'state status result outcome action event level lvl severity phase verdict decision condition health reason type kind'.split(
    ' ',
  ),
)

/** Keys whose value of one word says what the line is about. */
export function isStateKey(text: string, start: number, end: number): boolean {
  return end - start >= 3 && end - start <= 9 && STATE_KEYS.has(text.slice(start, end).toLowerCase())
}

/** Whether a word of this length may be one of those that `wordKind` knows. */
export function mayMeanValue(length: number): boolean {
  return length === 4 || length === 5 || length === 3 || length === 9
}

/** BOOL for true and false, wherever they stand; NULL for the words for "nothing" where a value stands; else WORD. */
export function wordKind(text: string, start: number, end: number, isValue: boolean): Kind {
  switch (end - start) {
    case 3:
      return isValue && text.startsWith('nil', start) ? NULL : WORD
    case 4:
      if (text.startsWith('true', start) || text.startsWith('True', start) || text.startsWith('TRUE', start))
        return BOOL
      if (!isValue) return WORD
      return text.startsWith('null', start) || text.startsWith('None', start) || text.startsWith('NULL', start)
        ? NULL
        : WORD
    case 5:
      return text.startsWith('false', start) || text.startsWith('False', start) || text.startsWith('FALSE', start)
        ? BOOL
        : WORD
    case 9:
      return isValue && text.startsWith('undefined', start) ? NULL : WORD
    default:
      return WORD
  }
}
