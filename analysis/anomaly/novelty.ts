/**
 * How far a point is from the nearest one seen before, which is then one of those: the distance of a nearest neighbour
 * (Ramaswamy, Rastogi and Shim 2000; online and with a memory of fixed size as in KNN-CAD, Burnaev and Ishimtsev 2016).
 * What happens a second time is new no longer, so a season needs no calendar and an episode is told at its start. The
 * first point is not new: there is nothing to compare it with.
 */
export function createNovelty(dimensions: number, capacity: number): (point: Float64Array) => number {
  const memory = new Float64Array(dimensions * capacity)
  let count = 0
  return point => {
    const known = Math.min(count, capacity) * dimensions
    let nearest = count === 0 ? 0 : Number.POSITIVE_INFINITY
    for (let start = 0; start < known; start += dimensions) {
      let squares = 0
      for (let axis = 0; axis < dimensions && squares < nearest; axis++) {
        const difference = point[axis]! - memory[start + axis]!
        squares += difference * difference
      }
      if (squares < nearest) nearest = squares
    }
    memory.set(point, (count % capacity) * dimensions)
    count++
    return Math.sqrt(nearest)
  }
}
