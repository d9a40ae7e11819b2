// AdamW with a warm-up and cosine schedule, on flat float32 arrays.

export interface AdamOptions {
  readonly peakRate: number
  readonly weightDecay: number
  readonly warmupSteps: number
  readonly totalSteps: number
}

/** Learning rate of step `k`: linear warm-up, then half a cosine down to zero. */
export function learningRate(k: number, options: AdamOptions): number {
  const { peakRate, warmupSteps, totalSteps } = options
  if (k < warmupSteps) return (peakRate * (k + 1)) / warmupSteps
  const done = (k - warmupSteps) / Math.max(1, totalSteps - warmupSteps)
  return (peakRate * (1 + Math.cos(Math.PI * Math.min(1, done)))) / 2
}

interface Target {
  readonly values: Float32Array
  readonly decay: boolean
}

/** Decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2); updates values in place. */
export class Adam {
  private readonly first: readonly Float32Array[]
  private readonly second: readonly Float32Array[]
  private steps = 0

  constructor(
    private readonly targets: readonly Target[],
    private readonly options: AdamOptions,
  ) {
    this.first = targets.map(t => new Float32Array(t.values.length))
    this.second = targets.map(t => new Float32Array(t.values.length))
  }

  update(gradients: readonly Float32Array[]): void {
    const rate = learningRate(this.steps, this.options)
    this.steps++
    const correct1 = 1 - 0.9 ** this.steps
    const correct2 = 1 - 0.999 ** this.steps
    this.targets.forEach((target, p) => {
      const gradient = gradients[p]!
      const m = this.first[p]!
      const v = this.second[p]!
      const shrink = target.decay ? 1 - rate * this.options.weightDecay : 1
      for (let i = 0; i < m.length; i++) {
        const g = gradient[i]!
        m[i] = 0.9 * m[i]! + 0.1 * g
        v[i] = 0.999 * v[i]! + 0.001 * g * g
        const move = m[i]! / correct1 / (Math.sqrt(v[i]! / correct2) + 1e-8)
        target.values[i] = target.values[i]! * shrink - rate * move
      }
    })
  }
}
