// The features of a call that its cost is made of.

import type { KernelCall, WorkCounts } from '../../kernels/op.ts'

/** What a call costs each time it is made, whatever its shape. */
export const callsFeature = 'calls'

/** Features of one batch: of each call of the kernel, of each group of rows, and of all rows together. */
export interface Features {
  readonly run: WorkCounts
  readonly group: WorkCounts
  readonly rows: WorkCounts
}

/** Kernels that count nothing are judged by their products and outputs. */
export function featuresOf(call: KernelCall, outputBytes: number): Features {
  const { counts, runCounts, groupCounts, macs, batches } = call
  const counted = Object.keys(counts).length > 0
  return {
    run: { [callsFeature]: 1, ...runCounts },
    group: groupCounts,
    rows: counted
      ? { ...counts, ...formCounts(call) }
      : { macs: macs / batches, outputs: outputBytes },
  }
}

type Statics = KernelCall['statics']

/** Requantisation of `pairs/requantize.kernel.ts` in three small products. */
const thirds: Statics = { form: 2, isSigned: 0, isClamped: 0 }

/** Counts that cost more in some forms of a kernel, and the static parameters of the plainest form. */
const forms: Readonly<Record<string, readonly [count: string, plainest: Statics]>> = {
  'conv2d/portable': ['outputs', thirds],
  'depthwise_conv2d/dsp': ['outputs', { form: 0, clamped: 0 }],
  'depthwise_conv2d/groups': ['outputs', { form: 0, clamped: 0 }],
  'depthwise_conv2d/portable': ['outputs', thirds],
  'fully_connected/portable': ['units', thirds],
  'add/dsp': ['elements', { clamps: 0 }],
  'add/portable': ['elements', { clamps: 0 }],
  'mul/dsp': ['elements', { clamps: 0 }],
  'mul/portable': ['elements', { clamps: 0 }],
}

/** What another form adds to the plainest one: a feature for each value of its parameters. */
function formCounts({ kernel, counts, statics }: KernelCall): WorkCounts {
  const [name, plainest] = forms[kernel] ?? ['', {}]
  const entries = Object.entries(plainest).flatMap(([parameter, plain]) => {
    const value = statics[parameter] ?? plain
    return value === plain ? [] : [[`${name} ${parameter} ${value}`, counts[name] ?? 0] as const]
  })
  return Object.fromEntries(entries)
}

/** Groups of rows that a call makes of `rows` rows. */
export function groupsIn({ groupRows }: KernelCall, rows: number): number {
  return Math.ceil(rows / groupRows)
}

/** Features of calls that do so many of the call's rows each, of all batches. */
export function workOf(
  call: KernelCall,
  outputBytes: number,
  runRows: readonly number[],
): ReadonlyMap<string, number> {
  const features = featuresOf(call, outputBytes)
  const work = new Map<string, number>()
  const add = (counts: WorkCounts, times: number): void => {
    for (const [name, count] of Object.entries(counts)) {
      work.set(name, (work.get(name) ?? 0) + count * times * call.batches)
    }
  }
  for (const rows of runRows) {
    add(features.run, 1)
    add(features.group, groupsIn(call, rows))
    add(features.rows, rows / call.outputRows)
  }
  return work
}
