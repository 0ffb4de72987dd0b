import { isPlaceholder, type Replace } from './secret-values.ts'

/** Flags of programs that take a secret under a name which says nothing by itself. */
interface Program {
  readonly name: RegExp
  /** The secret is the next argument, or stands behind `=`. */
  readonly next?: readonly string[]
  /** The secret is glued to the flag. */
  readonly glued?: readonly string[]
  /** `user:password`, as the next argument or glued to the flag. */
  readonly userPassword?: readonly string[]
  /** Only once this word has been seen. */
  readonly after?: string
}

const PROGRAMS: readonly Program[] = [
  { name: /^(?:mysql|mariadb)[\w-]*$/, glued: ['-p'] },
  { name: /^sshpass$/, next: ['-p'], glued: ['-p'] },
  { name: /^(?:redis|valkey)-cli$/, next: ['-a', '--pass'] },
  { name: /^(?:docker|podman|nerdctl|helm|skopeo|crane|oras|az|buildah)$/, next: ['-p'], after: 'login' },
  { name: /^(?:7z|7za|7zz|rar|unrar)$/, glued: ['-p'] },
  { name: /^(?:zip|unzip)$/, next: ['-P'] },
  { name: /^ldap\w+$/, next: ['-w'] },
  { name: /^(?:sqlcmd|bcp|mosquitto_\w+)$/, next: ['-P'] },
  { name: /^(?:mongo\w*|cqlsh|rabbitmqadmin|influx)$/, next: ['-p', '-password'] },
  { name: /^openssl$/, next: ['-passin', '-passout', '-pass'] },
  { name: /^(?:keytool|jarsigner)$/, next: ['-storepass', '-keypass', '-srcstorepass', '-deststorepass'] },
  { name: /^(?:curl|wget|https?|xh|ab|lftp)$/, userPassword: ['-u', '--user', '--proxy-user', '-U', '-a', '--auth'] },
]

/** Without one of them a text has no such flag. */
export const COMMAND_HINTS: readonly string[] = [
  ...[' -p', ' -P', ' -u', ' -U', ' -a', ' -w', ' --user', ' --proxy-user', ' --pass', '-passin', '-passout'],
  ...['-storepass', '-keypass', ' --auth'],
]
const ANY_PROGRAM =
  /\b(?:mysql|mariadb|sshpass|redis-cli|valkey-cli|docker|podman|nerdctl|helm|skopeo|crane|oras|az|buildah|7z|rar|zip|ldap|sqlcmd|bcp|mosquitto_|mongo|cqlsh|rabbitmqadmin|influx|openssl|keytool|jarsigner|curl|wget|http|xh|ab|lftp)/i
const ARGUMENT = /(?:[^\s"']+|"[^"]*"|'[^']*')+|["']/g
/** Where one command ends and another begins. */
const COMMAND_END = /^(?:[|;&]+|&&|\|\|)$|;$/

interface Found {
  readonly argument: number
  /** Within the argument, without its quotes. */
  readonly start: number
  readonly end: number
}

/** Where in a list of arguments secrets stand. The program's name may be a path, and need not come first. */
export function secretsOfArguments(args: readonly string[]): Found[] {
  const found: Found[] = []
  let program: Program | undefined
  let isReady = false
  const add = (argument: number, from: number, userPassword: boolean) => {
    const text = args[argument]!
    let start = from
    let end = text.length
    if (/^["']/.test(text.slice(start))) start++
    if (end > start && /["']$/.test(text)) end--
    if (userPassword) {
      const colon = text.indexOf(':', start)
      if (colon < 0 || colon >= end) return
      start = colon + 1
    } else if (text.startsWith('pass:', start)) start += 'pass:'.length
    const secret = text.slice(start, end)
    if (secret !== '' && !isPlaceholder(secret) && !secret.startsWith('$')) found.push({ argument, start, end })
  }
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!
    if (COMMAND_END.test(argument)) program = undefined
    const named = PROGRAMS.find(({ name }) => name.test(argument.slice(argument.lastIndexOf('/') + 1)))
    if (named !== undefined) {
      program = named
      isReady = named.after === undefined
      continue
    }
    if (program === undefined) continue
    if (argument === program.after) isReady = true
    // A shell's quotes may stand around the flag and its secret together.
    const opened = /^["']/.test(argument) ? 1 : 0
    const bare = argument.slice(opened)
    if (!isReady || !bare.startsWith('-')) continue
    const isPair = program.userPassword !== undefined
    const flag = (program.next ?? program.userPassword)?.find(flag => bare === flag)
    const glued = (program.glued ?? program.userPassword)?.find(
      flag => bare.length > flag.length && bare.startsWith(flag) && !bare.startsWith('--'),
    )
    if (flag !== undefined && i + 1 < args.length) add(++i, 0, isPair)
    else if (glued !== undefined) add(i, opened + glued.length, isPair)
  }
  return found
}

/** `text` with the secrets of command lines replaced. */
export function replaceInCommands(text: string, replace: Replace): string {
  if (!ANY_PROGRAM.test(text)) return text
  const tokens = [...text.matchAll(ARGUMENT)]
  const args = tokens.map(([argument]) => argument)
  let result = ''
  let from = 0
  for (const { argument, start, end } of secretsOfArguments(args)) {
    const at = tokens[argument]!.index
    result += text.slice(from, at + start) + replace('password', text.slice(at + start, at + end))
    from = at + end
  }
  return result + text.slice(from)
}
