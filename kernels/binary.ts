// What ADD and MUL share: broadcasting as strided loops over rows.

import { inputArg, inputOf, outputArg, outputOf, rowArgs } from './call.ts'
import type {
  ColumnsOf,
  ColumnView,
  KernelArg,
  KernelCall,
  OpContext,
  RowWindow,
  Strip,
} from './op.ts'
import { elementCount, mergeLoops, padLoops, rowLayout, stridesOf, type Loop } from './shape.ts'
import { cutContext } from './strip.ts'

/** Loops inside a row; one more, outermost, can be the batches of the call. */
const innerLoops = 4

/** How a broadcasting operator walks its tensors. Strides count int8 elements, which are bytes. */
export interface Broadcast {
  readonly batches: number
  readonly batchStrides: readonly [a: number, b: number, output: number]
  readonly outputRows: number
  /** Where each tensor begins, beyond its first element. */
  readonly starts: readonly [a: number, b: number, output: number]
  /** From one row to the next; of an input, also 0 or 1: whether it has a row for each output row. */
  readonly outputRowElements: number
  readonly rowElements: readonly [a: number, b: number]
  readonly rowStep: readonly [a: number, b: number]
  /** Exactly `innerLoops` loops over a and b. */
  readonly loops: readonly Loop[]
}

/** Strides of an operand along each dimension of the output: 0 where it is broadcast. */
function broadcastStrides(shape: readonly number[], rank: number): readonly number[] {
  const padded = [...Array.from({ length: rank - shape.length }, () => 1), ...shape]
  return stridesOf(padded).map((stride, dimension) => (padded[dimension] === 1 ? 0 : stride))
}

/**
 * Whether the output's rows can be produced one by one: NHWC, each input either NHWC itself or without
 * rows to choose from.
 */
function isRowWise(shapes: readonly (readonly number[])[], output: readonly number[]): boolean {
  const rowsOf = (shape: readonly number[]): number => shape.at(-3) ?? 1
  return output.length === 4 && shapes.every(s => s.length === 4 || rowsOf(s) === 1)
}

/** null when the operands alternate between broadcast and full in more ways than there are loops. */
export function planBroadcast(
  a: readonly number[],
  b: readonly number[],
  output: readonly number[],
): Broadcast | null {
  const [aStrides, bStrides] = [a, b].map(s => broadcastStrides(s, output.length)) as [
    readonly number[],
    readonly number[],
  ]
  const loops = output.map((extent, d): Loop => ({ extent, strides: [aStrides[d]!, bStrides[d]!] }))
  if (!isRowWise([a, b], output)) return planWhole(loops, [a, b].map(elementCount), output)
  const { batches, rows, rowElements } = rowLayout(output)
  const [batch, row, width, channel] = loops as [Loop, Loop, Loop, Loop]
  const elements = [a, b].map(s => (s.at(-1) ?? 1) * (s.at(-2) ?? 1)) as [number, number]
  return {
    batches,
    batchStrides: [batch.strides[0]!, batch.strides[1]!, rows * rowElements],
    starts: [0, 0, 0],
    outputRows: rows,
    outputRowElements: rowElements,
    rowElements: elements,
    rowStep: [row.strides[0] === 0 ? 0 : 1, row.strides[1] === 0 ? 0 : 1],
    loops: padLoops(mergeLoops([width, channel]), innerLoops, 2),
  }
}

/** Everything as one row, or as one row per step of the outermost loop when the loops are too many. */
function planWhole(
  loops: readonly Loop[],
  elements: readonly number[],
  output: readonly number[],
): Broadcast | null {
  const merged = mergeLoops(loops)
  if (merged.length > innerLoops + 1) return null
  const outer = merged.length > innerLoops ? merged[0]! : { extent: 1, strides: [0, 0] }
  const inner = merged.length > innerLoops ? merged.slice(1) : merged
  const outputRowElements = elementCount(output) / outer.extent
  return {
    batches: outer.extent,
    batchStrides: [outer.strides[0]!, outer.strides[1]!, outputRowElements],
    starts: [0, 0, 0],
    outputRows: 1,
    outputRowElements,
    rowElements: [elements[0]!, elements[1]!],
    rowStep: [0, 0],
    loops: padLoops(inner, innerLoops, 2),
  }
}

/** The plan of a context whose `problem` is null. */
export function broadcastOf(context: OpContext<'add' | 'mul'>, strip?: Strip): Broadcast {
  const part = cutContext(context, strip)
  const shapes = [inputOf(part, 0).shape, inputOf(part, 1).shape] as const
  const plan = planBroadcast(...shapes, outputOf(part).shape)
  if (plan === null) throw new Error('the broadcast has too many loops')
  return strip === undefined ? plan : placed(plan, strip)
}

/** The plan of a strip among the columns of its tensors. */
function placed(plan: Broadcast, { inputs, output }: Strip): Broadcast {
  const [a, b] = inputs as readonly [ColumnView | null, ColumnView | null]
  return {
    ...plan,
    starts: [a?.offset ?? 0, b?.offset ?? 0, output.offset],
    outputRowElements: output.rowElements,
    rowElements: [a?.rowElements ?? plan.rowElements[0], b?.rowElements ?? plan.rowElements[1]],
  }
}

/**
 * An image has the output's columns, or one for all of them; an operand without columns is read as it
 * is. Null when one has columns and is no image: its rows would not be those of the output.
 */
export function broadcastColumns(context: OpContext<'add' | 'mul'>): ColumnsOf | null {
  const shapes = [0, 1].map(index => inputOf(context, index).shape)
  if (shapes.some(shape => shape.length !== 4 && (shape.at(-2) ?? 1) > 1)) return null
  return (index, column) => {
    const width = shapes[index]!.at(-2)
    if (width === undefined) return null
    return width === 1 ? { begin: 0, end: 1 } : { begin: column, end: column + 1 }
  }
}

/** More separate dimensions than there are loops. */
export function broadcastProblem(context: OpContext<'add' | 'mul'>): string | null {
  const shapes = [inputOf(context, 0).shape, inputOf(context, 1).shape] as const
  return planBroadcast(...shapes, outputOf(context).shape) === null
    ? `its inputs are broadcast along more than ${innerLoops + 1} separate dimensions`
    : null
}

/** Arguments of `add` and `mul`; `params` follows the tensors. */
export function binaryArgs(plan: Broadcast, params: KernelArg): readonly KernelArg[] {
  const [a, b, output] = plan.batchStrides
  return [
    inputArg(0, a, plan.starts[0]),
    inputArg(1, b, plan.starts[1]),
    outputArg(output, plan.starts[2]),
    params,
    ...rowArgs([0, 1]),
  ]
}

/** Fields that all params structs begin with. */
export function broadcastFields(plan: Broadcast): Readonly<Record<string, number>> {
  const [l0, l1, l2, l3] = plan.loops as [Loop, Loop, Loop, Loop]
  return {
    extent0: l0.extent,
    extent1: l1.extent,
    extent2: l2.extent,
    extent3: l3.extent,
    aRowElements: plan.rowElements[0],
    bRowElements: plan.rowElements[1],
    outputRowElements: plan.outputRowElements,
    aRowStep: plan.rowStep[0],
    bRowStep: plan.rowStep[1],
    aStride0: l0.strides[0]!,
    aStride1: l1.strides[0]!,
    aStride2: l2.strides[0]!,
    bStride0: l0.strides[1]!,
    bStride1: l1.strides[1]!,
    bStride2: l2.strides[1]!,
  }
}

/** Fields of the innermost loop's strides, where they may be any. */
export function innerStrides({ loops }: Broadcast): Readonly<Record<string, number>> {
  const { strides } = loops.at(-1)!
  return { aStride3: strides[0]!, bStride3: strides[1]! }
}

/**
 * Elements that a and b move per element of the innermost loop: 0 for one that is broadcast along it.
 * Innermost dimensions follow each other without gaps, so that no other step is possible.
 */
export function runSteps({ loops }: Broadcast): readonly [a: number, b: number] {
  const { extent, strides } = loops.at(-1)!
  // A single element may as well be a run of one.
  return extent === 1 ? [1, 1] : [strides[0]!, strides[1]!]
}

/** Elements, runs of the innermost loop, and rows. */
export function binaryCounts({ loops, outputRows }: Broadcast): Pick<KernelCall, 'counts'> {
  const runs = loops.slice(0, -1).reduce((product, { extent }) => product * extent, outputRows)
  return { counts: { elements: runs * loops.at(-1)!.extent, runs, rows: outputRows } }
}

/** Inputs of the output's size: element i of them is read before element i is written. */
export function binaryInPlace(context: OpContext<'add' | 'mul'>): readonly number[] {
  const count = elementCount(outputOf(context).shape)
  return [0, 1].filter(index => elementCount(inputOf(context, index).shape) === count)
}

export function binaryRows(
  context: OpContext<'add' | 'mul'>,
  index: number,
  row: number,
): RowWindow {
  const plan = broadcastOf(context)
  const { rows } = rowLayout(inputOf(context, index).shape)
  return plan.rowStep[index] === 1 ? { begin: row, end: row + 1 } : { begin: 0, end: rows }
}
