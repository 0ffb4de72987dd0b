import { readHeader } from '../header.ts'
import { addFrame, addToMessage, MAX_FRAME_CHARS, type OpenError, openError, type RawFrame } from '../parsed.ts'

/** A form in which some language prints a frame, with the groups `name`, `owner`, `file`, `line`. */
interface Form {
  readonly frame: RegExp
  /**
   * `called`: the line says from where its function was called, so the function lies where the line before said (Perl,
   * Haskell). `above`: this line names a function, and the next one its place (Julia, gin).
   */
  readonly shift?: 'called' | 'below'
  readonly place?: RegExp
}

const FORMS: readonly Form[] = [
  // Dart, plain and obfuscated
  {
    frame:
      /^#\d+ +(?<name>\S.*?) \((?<file>(?:package|dart|file|https?|org-dartlang-\w+):[^()\s]+?)(?::(?<line>\d+))?(?::\d+)?\)$/,
  },
  { frame: /^(?<file>(?:package|dart|org-dartlang-\w+):\S+) (?<line>\d+):\d+ +(?<name>\S.*)$/ },
  { frame: /^#\d+ +abs [0-9a-f]+(?: virt 0*(?<name>[0-9a-f]+))? _kDart(?<owner>\w+)\+0x[0-9a-f]+$/ },
  // Perl
  { frame: /^(?<name>[A-Za-z_][\w:]*)\((?:.*)\) called at (?<file>\S+) line (?<line>\d+)\.?$/, shift: 'called' },
  { frame: /^(?<name>eval) \{\.\.\.\} called at (?<file>\S+) line (?<line>\d+)\.?$/, shift: 'called' },
  // Lua
  {
    frame:
      /^(?<file>[^\s:]+(?:\.lua|")[^\s:]*):(?<line>\d+): in (?:function|method|upvalue|local|field|global)? ?(?:'(?<name>[^']+)'|<[^>]+>|main chunk)/,
  },
  { frame: /^(?<file>\[C\]): in (?:function|method|field|global)? ?(?:'(?<name>[^']+)'|\?|<[^>]+>)/ },
  { frame: /^(?<file>[^\s:]+\.lua):(?<line>\d+): in main chunk$/ },
  // OCaml
  {
    frame:
      /^(?:Raised|Re-raised|Called) (?:at|from|by primitive operation at) (?<name>\S+) in file "(?<file>[^"]+)"(?: \(inlined\))?, lines? (?<line>\d+)/,
  },
  {
    frame:
      /^(?:Raised|Re-raised|Called) (?:at|from|by primitive operation at) file "(?<file>[^"]+)"(?: \(inlined\))?, lines? (?<line>\d+)/,
  },
  // Haskell: call stacks and profiled ones
  { frame: /^(?<name>\S+), called at (?<file>\S+?):(?<line>\d+):\d+ in [^\s:]+:(?<owner>[\w.]+)$/, shift: 'called' },
  { frame: /^(?<name>[A-Z][\w.']*\.\S+) \((?<file>[^\s()]+\.l?hs):(?:\(?(?<line>\d+))[^)]*\)?\)$/ },
  // Crystal
  { frame: /^(?:from )?(?<file>\S+\.cr):(?<line>\d+)(?::\d+)? in '(?<name>[^']+)'$/ },
  // PowerShell
  { frame: /^at (?<name>[^,]+), (?<file>.+): line (?<line>\d+)$/ },
  // PL/pgSQL and other procedural languages of PostgreSQL
  {
    frame:
      /^(?:\w+:\s+)?(?:PL\/\w+|SQL) function "?(?<name>[\w.]+)"?(?:\([^)]*\))?(?: line (?<line>\d+))?(?: at .+| statement \d+)?$/,
  },
  // Julia: the place in the same line until 1.5, in the next one since
  { frame: /^\[\d+\] (?<name>[^\s(]+)\(.*\) at (?<file>\S+?):(?<line>\d+)$/ },
  {
    frame: /^\[\d+\] (?<name>[^\s(]+).*$/,
    shift: 'below',
    place: /^@ (?:(?<owner>[\w.]+) )?(?<file>\S+?):(?<line>\d+)/,
  },
  // gin's recovery: the place, then the function with the line of its source
  { frame: /^(?<file>\/?\S+\.(?:go|s)):(?<line>\d+) \(0x[0-9a-f]+\)$/, shift: 'below', place: /^(?<name>[^\s:]+): / },
  // R, MATLAB, Tcl, Groovy, COBOL … whatever names a function and then a file and a line
  {
    frame:
      /^(?:at |from |in |called from |\d+[:.)] +|- )?(?:function |method |procedure |routine |sub )?(?<name>[A-Za-z_$][\w.:$#<>~/-]*?)(?:\([^()]*\))?,? (?:at|in|\(|\[|@|—|-|from)? ?"?(?<file>(?:[A-Za-z]:)?[\w./\\~-]*[\w-]\.[A-Za-z]\w{0,6})"?(?::|, line |: line | line |\()(?<line>\d+)/,
  },
  // … or a file and a line and then a function
  {
    frame:
      /^(?:at |from |in |\d+[:.)] +|- )?"?(?<file>(?:[A-Za-z]:)?[\w./\\~-]*[\w-]\.[A-Za-z]\w{0,6})"?(?::|, line |: line | line |\()(?<line>\d+)(?::\d+)?\)?:?,? (?:in |at )?(?:function |method |procedure )?['`"]?(?<name>[A-Za-z_$][\w.:$#<>~/-]*)/,
  },
]
/** The first form that says nothing of a language: with fewer lines than this of it a text is no trace. */
const FIRST_GENERAL = FORMS.length - 2
const MIN_GENERAL_LINES = 2

/** `message at /app/lib/Basket.pm line 12.`: where Perl threw. */
const PERL_HEAD = /^(.*) at (\S+) line (\d+)\.?$/s
const LUA_HEAD = /^(?:lua\S*: )?(\S+\.lua):(\d+): (.*)$/s
const OCAML_HEAD = /^(?:Fatal error: exception|Exception:) ([\w.]+)(?:\((.*)\))?$/s

/** Languages that have no parser of their own: frames are told by the form of their lines alone, innermost first. */
export function parsePlain(lines: readonly string[]): OpenError | undefined {
  const error = openError()
  let place: RawFrame | undefined
  let pending: { form: Form; frame: RawFrame } | undefined
  let general = 0
  let own = 0
  for (const line of lines) {
    const body = line.trim()
    if (body === '') continue
    if (pending !== undefined) {
      const at = pending.form.place?.exec(body)?.groups
      const { frame } = pending
      pending = undefined
      if (at !== undefined) {
        addFrame(error, { ...frame, ...given(at) })
        continue
      }
      addFrame(error, frame)
    }
    const read = readForm(body)
    if (read === undefined) {
      if (error.frames.length === 0) place = readHead(error, body) ?? place
      continue
    }
    const { form, frame, index } = read
    if (index >= FIRST_GENERAL) general++
    else own++
    if (form.shift === 'below') pending = { form, frame }
    else if (form.shift === 'called') {
      addFrame(error, { ...frame, owner: place?.owner ?? '', file: place?.file ?? '', line: place?.line ?? 0 })
      place = frame
    } else addFrame(error, frame)
  }
  if (pending !== undefined) addFrame(error, pending.frame)
  if (place !== undefined && (own > 0 || error.type !== '')) addFrame(error, { ...place, name: '' })
  return own > 0 || general >= MIN_GENERAL_LINES || (error.frames.length > 0 && own + general > 0) ? error : undefined
}

/** How sure a line is of being a frame of this format: 2 for a language's form, 1 for a general one, 0 for none. */
export function surenessOf(body: string): number {
  const read = readForm(body)
  return read === undefined ? 0 : read.index < FIRST_GENERAL ? 2 : 1
}

function readForm(body: string): { form: Form; frame: RawFrame; index: number } | undefined {
  if (body.length > MAX_FRAME_CHARS || !/\d/.test(body)) return undefined
  for (const [index, form] of FORMS.entries()) {
    const groups = form.frame.exec(body)?.groups
    if (groups !== undefined) {
      return { form, index, frame: { owner: '', name: '', file: '', line: 0, ...given(groups) } }
    }
  }
  return undefined
}

function given(groups: Readonly<Record<string, string | undefined>>): Partial<RawFrame> {
  const { owner, name, file, line } = groups
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(name === undefined ? {} : { name }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line) }),
  }
}

function readHead(error: OpenError, body: string): RawFrame | undefined {
  const ocaml = OCAML_HEAD.exec(body)
  if (ocaml !== null) {
    error.type = ocaml[1]!
    addToMessage(error, ocaml[2] ?? '')
    return undefined
  }
  const perl = PERL_HEAD.exec(body)
  if (perl !== null && error.message === '') {
    addToMessage(error, perl[1]!)
    return { owner: '', name: '', file: perl[2]!, line: Number(perl[3]) }
  }
  const lua = LUA_HEAD.exec(body)
  if (lua !== null) {
    addToMessage(error, lua[3]!)
    return undefined
  }
  const header = error.type === '' ? readHeader(body.replace(/^(?:ERROR|Unhandled exception): */, '')) : undefined
  if (header !== undefined) {
    error.type = header.type
    addToMessage(error, header.message)
  } else if (!/^(?:stack traceback|CallStack|Stacktrace|Stack trace|Backtrace)/i.test(body)) addToMessage(error, body)
  return undefined
}
