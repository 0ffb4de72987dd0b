/** A command block of a page. */
export interface Block {
  /** Where it begins, from 1. */
  readonly line: number
  readonly text: string
  /** Why it cannot run here, from the comment above it. */
  readonly notRun?: string
}

const NOT_RUN = /^<!-- not run: (.+) -->$/

/** The blocks that are marked `sh`, in order. */
export function blocksOf(page: string): Block[] {
  const lines = page.split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, fence, language] = /^(`{3,})(\S*)\s*$/.exec(lines[i]!) ?? []
    if (fence === undefined) continue
    const end = lines.findIndex((line, at) => at > i && line === fence)
    const last = end === -1 ? lines.length : end
    const notRun = NOT_RUN.exec(lines[i - 1] ?? '')?.[1]
    if (language === 'sh') {
      const text = lines.slice(i + 1, last).join('\n')
      blocks.push({ line: i + 1, text, ...(notRun === undefined ? {} : { notRun }) })
    }
    i = last
  }
  return blocks
}
