import type { CodeBlock } from './port.ts'

const FENCE = /^```([\w+#.-]*)[^\n]*\n([\s\S]*?)^```\s*$/m

/** The first fenced block of an answer; undefined where there is none. */
export function codeIn(text: string, language: string): CodeBlock | undefined {
  const [, named = '', code] = FENCE.exec(text.replaceAll('\r\n', '\n')) ?? []
  if (code === undefined || code.trim() === '') return undefined
  return { language: named === '' ? language : named.toLowerCase(), code }
}
