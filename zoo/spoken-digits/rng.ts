// Seeded random numbers for training: the same seed gives the same run on the same machine.

/** A stream of pseudo-random numbers with its own state. */
export interface Rng {
  /** Uniform in [0, 1). */
  readonly uniform: () => number
  /** Uniform integer in [0, n). */
  readonly below: (n: number) => number
  /** Standard normal (Box-Muller). */
  readonly normal: () => number
}

/** Weyl sequence through the 32-bit finaliser of MurmurHash3; any 32-bit seed is good. */
export function makeRng(seed: number): Rng {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let h = state
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return ((h ^ (h >>> 16)) >>> 0) / 4294967296
  }
  return {
    uniform,
    below: n => Math.floor(uniform() * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}

/** The numbers 0 … n-1 in random order (Fisher-Yates). */
export function permutation(n: number, rng: Rng): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = rng.below(i + 1)
    const swap = order[i]!
    order[i] = order[j]!
    order[j] = swap
  }
  return order
}
