// Shadow memory: of every byte of an arena, whose value it holds.

/** Bytes of an arena holding values of `owner`. */
export interface Extent {
  readonly offset: number
  readonly bytes: number
  readonly owner: number
}

/** A byte that is not whose it should be; `owner` null: nobody has written it. */
export interface Foreign {
  readonly at: number
  readonly owner: number | null
}

export class ShadowMemory {
  readonly #numbers = new Map<number, number>()
  readonly #owners: number[] = []
  /** 0: nobody; otherwise one more than the owner's place in `#owners`. */
  readonly #bytes: Uint32Array

  constructor(bytes: number) {
    this.#bytes = new Uint32Array(bytes)
  }

  contains({ offset, bytes }: Pick<Extent, 'offset' | 'bytes'>): boolean {
    return offset >= 0 && bytes >= 0 && offset + bytes <= this.#bytes.length
  }

  claim({ offset, bytes, owner }: Extent): void {
    let number = this.#numbers.get(owner)
    if (number === undefined) {
      number = this.#owners.push(owner)
      this.#numbers.set(owner, number)
    }
    this.#bytes.fill(number, Math.max(offset, 0), Math.max(offset + bytes, 0))
  }

  /** The first byte of an extent (inside the arena) that is not its owner's; null when all are. */
  firstForeign({ offset, bytes, owner }: Extent): Foreign | null {
    const number = this.#numbers.get(owner) ?? -1
    for (let at = offset; at < offset + bytes; at++) {
      const found = this.#bytes[at]
      if (found === number) continue
      return { at, owner: found === undefined || found === 0 ? null : this.#owners[found - 1]! }
    }
    return null
  }
}

/** Whether two extents share a byte. */
export function meet(a: Extent, b: Extent): boolean {
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes
}
