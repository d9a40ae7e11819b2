// Fits the coefficients of a kernel to measured calls.

import type {
  Coefficients,
  InstanceCosts,
  KernelCosts,
  Residuals,
} from '../../boards/cost-table.ts'
import { nonNegativeLeastSquares } from './nnls.ts'

/** One kernel call, or a series of calls that do its rows together, as it was measured. */
export interface Sample {
  readonly kernel: string
  readonly statics: Readonly<Record<string, number>>
  /** How often each feature occurred (`workOf`). */
  readonly work: ReadonlyMap<string, number>
  /** Core cycles. */
  readonly cycles: number
}

/** Fewer samples of an instance than this tell it apart from the others no better than chance. */
const leastInstanceSamples = 8
/** How much the coefficients of all instances weigh against the samples of one. */
const priorWeight = 0.03
/** How much it weighs that no coefficient is far above all others: few samples may ask for that. */
const sizeWeight = 0.002

/** Costs of each kernel of the samples, by name; instances by the `statics` that `keyOf` picks. */
export function fitKernels(
  samples: readonly Sample[],
  keyOf: (sample: Sample) => Readonly<Record<string, number>>,
): readonly KernelCosts[] {
  const kernels = [...new Set(samples.map(({ kernel }) => kernel))].sort()
  return kernels.map(kernel => {
    const own = samples.filter(sample => sample.kernel === kernel)
    const general = fit(own, null)
    const byKey = new Map<string, Sample[]>()
    for (const sample of own) {
      const key = JSON.stringify(keyOf(sample))
      byKey.set(key, [...(byKey.get(key) ?? []), sample])
    }
    const instances: InstanceCosts[] = [...byKey]
      .filter(([key, list]) => key !== '{}' && list.length >= leastInstanceSamples)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, list]) => {
        const cycles = fit(list, general)
        return { statics: keyOf(list[0]!), cycles, ...residuals(list, cycles) }
      })
    return { kernel, cycles: general, instances, ...residuals(own, general) }
  })
}

/**
 * Relative errors are made small: a call of 500 cycles counts as much as one of a million. What samples
 * leave open is drawn to `prior`, or to small coefficients where there is none.
 */
function fit(samples: readonly Sample[], prior: Coefficients | null): Coefficients {
  const names = [...new Set(samples.flatMap(({ work }) => [...work.keys()]))].sort()
  const rows = samples.map(({ work, cycles }) => names.map(name => (work.get(name) ?? 0) / cycles))
  const ones = samples.map(() => 1)
  const free = Object.values(prior ?? nonNegativeLeastSquares(rows, ones)).filter(c => c > 0)
  const usual = free.sort((a, b) => a - b)[free.length >> 1] ?? 1
  const pulls = names.map(name => {
    const value = prior?.[name] ?? 0
    return { value, weight: prior === null ? sizeWeight / usual : priorWeight / (value || usual) }
  })
  const values = nonNegativeLeastSquares(
    [...rows, ...pulls.map(({ weight }, j) => names.map((_, i) => (i === j ? weight : 0)))],
    [...ones, ...pulls.map(({ value, weight }) => value * weight)],
  )
  const entries = names.map((name, j) => [name, rounded(values[j]!)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value > 0))
}

export function residuals(samples: readonly Sample[], cycles: Coefficients): Residuals {
  const errors = samples.map(sample => Math.abs(predicted(sample, cycles) / sample.cycles - 1))
  const mean = errors.reduce((sum, error) => sum + error, 0) / Math.max(1, errors.length)
  return {
    samples: samples.length,
    meanError: rounded(mean),
    worstError: rounded(Math.max(0, ...errors)),
  }
}

export function predicted({ work }: Sample, cycles: Coefficients): number {
  let sum = 0
  for (const [name, count] of work) sum += count * (cycles[name] ?? 0)
  return sum
}

function rounded(value: number): number {
  return Number(value.toPrecision(5))
}
