/** So many at a time; the others wait in the order in which they came. */
export interface Places {
  /**
   * Calls `begin` once there is a place, now or later. Returns how to leave: it frees the place, or gives up waiting
   * for one; calling it again does nothing.
   */
  enter(begin: () => void): () => void
}

export function createPlaces(count: number): Places {
  const waiting = new Set<() => void>()
  let free = count
  const leave = () => {
    const [next] = waiting
    if (next === undefined) free += 1
    else {
      waiting.delete(next)
      next()
    }
  }
  return {
    enter: begin => {
      let state: 'waiting' | 'inside' | 'gone' = 'waiting'
      const goIn = () => {
        state = 'inside'
        begin()
      }
      if (free > 0) {
        free -= 1
        // Not at once: `begin` may need what enter returns.
        queueMicrotask(() => {
          if (state === 'gone') leave()
          else goIn()
        })
        return () => {
          if (state === 'inside') leave()
          state = 'gone'
        }
      }
      waiting.add(goIn)
      return () => {
        if (state === 'waiting') waiting.delete(goIn)
        else if (state === 'inside') leave()
        state = 'gone'
      }
    },
  }
}
