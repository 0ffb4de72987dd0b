/**
 * A set of 32-bit hashes. Open addressing in one array: a Set of the language costs three times as much for each of the
 * words of each line.
 */
export class Hashes {
  #slots: Int32Array = new Int32Array(INITIAL_SLOTS)
  #count = 0
  #hasZero = false

  get size(): number {
    return this.#count + (this.#hasZero ? 1 : 0)
  }

  add(hash: number): void {
    const value = hash | 0
    if (value === 0) {
      this.#hasZero = true
      return
    }
    const slots = this.#slots
    const mask = slots.length - 1
    let at = value & mask
    for (let held = slots[at]!; held !== 0; held = slots[at]!) {
      if (held === value) return
      at = (at + 1) & mask
    }
    slots[at] = value
    this.#count += 1
    if (this.#count * 2 > slots.length) this.#grow()
  }

  addAll(others: Hashes): void {
    others.forEach(hash => {
      this.add(hash)
    })
  }

  forEach(visit: (hash: number) => void): void {
    if (this.#hasZero) visit(0)
    const slots = this.#slots
    for (let i = 0; i < slots.length; i++) if (slots[i] !== 0) visit(slots[i]!)
  }

  *[Symbol.iterator](): Generator<number> {
    if (this.#hasZero) yield 0
    for (const hash of this.#slots) if (hash !== 0) yield hash
  }

  #grow(): void {
    const held = this.#slots
    this.#slots = new Int32Array(held.length * 2)
    this.#count = 0
    for (const hash of held) if (hash !== 0) this.add(hash)
  }
}

const INITIAL_SLOTS = 512
