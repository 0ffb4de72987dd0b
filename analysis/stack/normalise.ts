import type { Frame, FrameParts } from './frame.ts'
import { beamFrame } from './frames/beam.ts'
import { dotnetFrame } from './frames/dotnet.ts'
import { goFrame } from './frames/go.ts'
import { javascriptFrame } from './frames/javascript.ts'
import { jvmFrame } from './frames/jvm.ts'
import { nativeFrame } from './frames/native.ts'
import { phpFrame } from './frames/php.ts'
import { plainFrame } from './frames/plain.ts'
import { pythonFrame } from './frames/python.ts'
import { rubyFrame } from './frames/ruby.ts'
import { rustFrame } from './frames/rust.ts'
import { isGeneric } from './generic-words.ts'
import type { RawFrame, StackFormat } from './parsed.ts'

/** No human wrote a longer name or path. The bound keeps what a rule costs per frame constant. */
const MAX_NAME_CHARS = 500

const RULES: Record<StackFormat, (raw: RawFrame) => FrameParts> = {
  v8: javascriptFrame,
  gecko: javascriptFrame,
  python: pythonFrame,
  java: jvmFrame,
  go: goFrame,
  dotnet: dotnetFrame,
  ruby: rubyFrame,
  php: phpFrame,
  rust: rustFrame,
  beam: beamFrame,
  native: nativeFrame,
  plain: plainFrame,
}

/** A service has few thousand distinct frames, each some hundred bytes; past the limit the cache starts afresh. */
const MAX_KNOWN_FRAMES = 10_000
const known = new Map<string, Frame>()

/**
 * A frame as it is on every machine and in every build: lines and columns are gone, so are hashes and prefixes. The
 * rules cost some microseconds, and an error in a loop brings the same frames again and again, so results are kept.
 */
export function normaliseFrame(raw: RawFrame, format: StackFormat): Frame {
  const { owner, name, file } = bounded(raw)
  const key = `${format}\n${owner}\n${name}\n${file}`
  const before = known.get(key)
  if (before !== undefined) return before
  const frame = applyRules({ owner, name, file, line: 0 }, format)
  if (known.size >= MAX_KNOWN_FRAMES) known.clear()
  known.set(key, frame)
  return frame
}

function applyRules(raw: RawFrame, format: StackFormat): Frame {
  const parts = RULES[format](raw)
  const { name, place, file, origin } = parts
  return { function: parts.function ?? name, file, origin, identity: `${name}@${place}`, weight: weightOf(parts) }
}

function bounded(raw: RawFrame): Omit<RawFrame, 'line'> {
  if (raw.owner.length + raw.name.length + raw.file.length <= MAX_NAME_CHARS) return raw
  return {
    owner: raw.owner.slice(-MAX_NAME_CHARS),
    name: raw.name.slice(0, MAX_NAME_CHARS),
    file: raw.file.slice(-MAX_NAME_CHARS),
  }
}

function weightOf({ name, place, placeWords }: FrameParts): Frame['weight'] {
  if (name === '') return 'nameless'
  // A program's `main` is all of the program.
  if (name.toLowerCase() === 'main') return 'generic'
  const folder = placeWords === undefined ? place.lastIndexOf('/') : -1
  if (!isGeneric(name) || !isGeneric(placeWords ?? place.slice(folder + 1))) return 'telling'
  return folder < 0 ? 'generic' : 'placed'
}
