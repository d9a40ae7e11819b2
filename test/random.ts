// A seeded generator for tests: the same numbers on every run.

export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  bits(): number
  /** An integer from 0 to `count` - 1. */
  below(count: number): number
  pick<T>(list: readonly T[]): T
}

/** Marsaglia's xorshift32. */
export function random(seed: number): Random {
  let state = seed | 0 || 1
  const bits = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  const below = (count: number): number => Math.floor((bits() / 2 ** 32) * count)
  return {
    bits,
    below,
    pick: list => {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
  }
}
