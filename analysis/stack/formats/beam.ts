import { addFrame, addToMessage, MAX_FRAME_CHARS, type OpenError, openError, type RawFrame } from '../parsed.ts'

/** `(shop 0.1.0) lib/shop/accounts.ex:12: Shop.Accounts.register/1`; the application stands first, or nothing does. */
const ELIXIR =
  /^(?:\((\w+)(?: [\w.+-]+)?\) )?(?:([^\s:"]+\.(?:exs?|erl|hrl|[lh]?eex)):(\d+): )?(\S.*?\/\d+)(?: \(inlined\))?$/
/** `{shop_basket,total,1,[{file,"src/shop_basket.erl"},{line,12}]}`, several in a line. */
const TUPLE =
  /\{('[^']{1,255}'|[a-z][\w@]{0,254}),('[^']{1,255}'|[a-z][\w@]{0,254}),(?:\d{1,3}|\[[^{}]{0,256}?\]),\s{0,32}\[(?:\{file,\s?"([^"]{1,512})"\},\s{0,32}\{line,(\d{1,7})\})?/g
const CALL = /^in (?:function|call from) +(\S+?)\/\d+ \((\S+?), line (\d+)\)/
/** `** (MatchError) no match …`, `** {badarg,[…`, `** exception error: bad argument`. */
const EXCEPTION = /\*\* \((\w[\w.]*)\)(?: (.*))?$/
const REASON = /\{('[^']{1,255}'|[a-z]\w{0,254}),\s{0,32}\[\{/
const SHELL = /exception (?:error|exit|throw): (.*)$/

/** Elixir and Erlang. Frames run from the throw site outwards in all forms. */
export function parseBeam(lines: readonly string[]): OpenError | undefined {
  const error = openError()
  for (const line of lines) {
    const body = line.trim()
    if (body === '') continue
    const frames = readFrames(body)
    if (error.frames.length === 0) readReason(error, body)
    for (const frame of frames) addFrame(error, frame)
  }
  return error.frames.length > 0 ? error : undefined
}

export function readFrames(body: string): RawFrame[] {
  const elixir =
    body.length <= MAX_FRAME_CHARS && body.includes('/') && !body.startsWith('**') ? ELIXIR.exec(body) : null
  if (elixir !== null && (elixir[1] !== undefined || elixir[2] !== undefined)) {
    const [, app = '', file = '', line = '0', name = ''] = elixir
    return [{ owner: app, name, file, line: Number(line) }]
  }
  const call = CALL.exec(body)
  if (call !== null) return [{ owner: '', name: call[1]!, file: call[2]!, line: Number(call[3]) }]
  if (!body.includes('{') || !body.includes(',[')) return []
  return [...body.matchAll(TUPLE)].map(([, module = '', name = '', file = '', line = '0']) => ({
    owner: '',
    name: `${module}:${name}`.replaceAll("'", ''),
    file,
    line: Number(line),
  }))
}

function readReason(error: OpenError, body: string): void {
  const exception = EXCEPTION.exec(body)
  if (exception !== null) {
    error.type = exception[1]!
    error.message = ''
    addToMessage(error, exception[2] ?? '')
    return
  }
  const shell = SHELL.exec(body)?.[1]
  const reason = REASON.exec(body)?.[1]
  if (reason !== undefined) error.type ||= reason.replaceAll("'", '')
  else if (readFrames(body).length === 0) addToMessage(error, shell ?? body)
}
