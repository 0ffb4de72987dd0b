/** One event may be so long; the stream is no event stream otherwise. */
const EVENT_CHARS_MAX = 1_000_000

/**
 * The data of each event of a `text/event-stream`, as the HTML standard reads one: lines end by LF, CR or both, `data:`
 * lines of an event are joined, comments and other fields are passed over.
 *
 * @throws RangeError for an event past every limit
 */
export async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    // A CR at the very end may be half of a line's end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    if (rest.length > EVENT_CHARS_MAX) throw new RangeError('an event that does not end')
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n')
        data = []
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
        if (data.reduce((sum, one) => sum + one.length, 0) > EVENT_CHARS_MAX) throw new RangeError('a huge event')
      }
    }
  }
  // What has no empty line behind it is no whole event; servers of models often end so all the same.
  const last = rest.replace(/\r$/, '')
  if (last.startsWith('data:')) data.push(last.slice(last.startsWith('data: ') ? 6 : 5))
  if (data.length > 0) yield data.join('\n')
}
