import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Frame {
  /** '' for code outside any named function. */
  readonly function: string
  readonly path: string
  readonly line: number
}

const FRAME = /^ {4}at (?:async )?(?:(.+) \()?(file:\/\/[^)]+?):(\d+):\d+\)?$/

/** The frames of V8's stack trace that lie in files, first of the error, then of each of its causes. */
export function framesOf(stack: string): Frame[][] {
  return stack.split('\nCaused by: ').map(part =>
    part.split('\n').flatMap(line => {
      const [, name = '', url, at] = FRAME.exec(line) ?? []
      if (url === undefined) return []
      return [
        { function: name.replace(/^Object\./, '').replace(/ \[as .*/, ''), path: fileURLToPath(url), line: Number(at) },
      ]
    }),
  )
}

const sources = new Map<string, readonly string[]>()

/** The source line that a frame points to; undefined where there is none. */
export function sourceLine({ path, line }: Frame): string | undefined {
  if (!sources.has(path)) sources.set(path, existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [])
  return sources.get(path)?.[line - 1]
}
