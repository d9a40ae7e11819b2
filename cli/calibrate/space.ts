// The shapes that kernels are measured at: what networks of the MobileNet families are made of, and odd ones.

import type { Activation, Padding } from '../../kernels/attributes.ts'
import { integers } from '../../kernels/case-builder.ts'
import type { OpCase } from '../../kernels/op.ts'

/** Seeded choices. */
export class Choices {
  readonly #next: (low: number, high: number) => number

  constructor(seed: number) {
    this.#next = integers(seed)
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return this.#next(low, high)
  }

  /** The same with small numbers as likely as large ones: by their logarithms. */
  spread(low: number, high: number): number {
    const t = this.#next(0, 1 << 20) / (1 << 20)
    return Math.min(high, Math.max(low, Math.round(low * (high / low) ** t)))
  }

  chance(part: number): boolean {
    return this.#next(0, 999_999) < part * 1e6
  }

  of<T>(list: readonly T[]): T {
    const found = list[this.#next(0, list.length - 1)]
    if (found === undefined) throw new Error('nothing to choose from')
    return found
  }

  /** Channels: mostly multiples of 8, as networks have them. */
  channels(low: number, high: number): number {
    const n = this.spread(low, high)
    return n >= 8 && this.chance(0.75) ? Math.round(n / 8) * 8 : n
  }
}

/** Products and bytes that one sample may have, so that many fit into a firmware and a minute. */
export const mostMacs = 400_000
export const mostBytes = 24_000

/** The largest height up to `wanted` with which an image of such rows stays within the limits. */
export function heightWithin(wanted: number, rowMacs: number, rowBytes: number): number {
  const fitting = Math.min(mostMacs / Math.max(1, rowMacs), mostBytes / Math.max(1, rowBytes))
  return Math.max(1, Math.min(wanted, Math.floor(fitting)))
}

export interface Ends {
  readonly activation: Activation
  readonly inputZeroPoint: number
  readonly outputZeroPoint: number
}

/** Activations and zero points as converters make them: mostly ranges that clamp nothing but at zero. */
export function ends(choose: Choices): Ends {
  const inputZeroPoint = choose.of([-128, -128, choose.between(-20, 20)])
  const middle = choose.between(-20, 20)
  switch (choose.between(0, 7)) {
    case 0:
    case 1:
    case 2:
      return { activation: 'none', inputZeroPoint, outputZeroPoint: middle }
    case 3:
      return { activation: 'relu6', inputZeroPoint, outputZeroPoint: -128 }
    case 4:
      return { activation: 'relu', inputZeroPoint, outputZeroPoint: middle }
    default:
      return { activation: 'relu', inputZeroPoint, outputZeroPoint: -128 }
  }
}

export const paddings: readonly Padding[] = ['same', 'same', 'same', 'valid']

/** A way to make samples of some kernels. */
export interface Family {
  readonly kind: OpCase['context']['attributes']['kind']
  /** Names of variants; all unless given. */
  readonly variants?: readonly string[]
  /** Samples, as a multiple of what is asked for. */
  readonly weight: number
  readonly make: (choose: Choices, name: string) => OpCase
}
