// What an operator definition says: how it becomes kernel calls, and what they cost and need.

import type { OperatorAttributes, OperatorKind } from './attributes.ts'

/** A tensor as an operator sees it. `data` is set for constants. */
export interface TensorInfo {
  readonly shape: readonly number[]
  readonly dtype: 'int8' | 'uint8' | 'int16' | 'int32' | 'int64' | 'float32' | 'bool'
  /** One entry, or one per slice of dimension `axis`. Empty when not quantised. */
  readonly scale: readonly number[]
  readonly zeroPoint: readonly number[]
  readonly axis: number
  /** Little-endian bytes of a constant tensor. */
  readonly data: Uint8Array | null
}

type AttributesByKind = { readonly [K in OperatorKind]: Extract<OperatorAttributes, { kind: K }> }

export interface OpContext<K extends OperatorKind = OperatorKind> {
  /** Looked up by kind, so that a context of one kind is also one of any union with it. */
  readonly attributes: AttributesByKind[K]
  /** null: an absent optional input. */
  readonly inputs: readonly (TensorInfo | null)[]
  readonly outputs: readonly TensorInfo[]
}

/** Element types of constants handed to kernels. */
export type ConstantType = 'i8' | 'u8' | 'i16' | 'i32' | 'f32'

/** One argument of a kernel's entry function, in the order of its parameters. */
export type KernelArg =
  /** Pointer to the tensor's first byte (plus `batchStride` bytes per batch done), plus `offset` bytes. */
  | {
      readonly kind: 'input' | 'output'
      /** Index into the operator's inputs or outputs. */
      readonly index: number
      readonly batchStride: number
      readonly offset: number
    }
  /** Pointer to scratch memory of the call. */
  | { readonly kind: 'scratch' }
  /** Pointer to constants in flash. `weights` are counted as weights, the others as constants. */
  | {
      readonly kind: 'constant'
      readonly name: string
      readonly type: ConstantType
      readonly values: readonly number[] | Int8Array | Int16Array | Int32Array | Float32Array
      readonly weights: boolean
    }
  /** Pointer to a params struct in flash; field names and order are those of its interface. */
  | {
      readonly kind: 'params'
      readonly struct: string
      readonly fields: Readonly<Record<string, number>>
    }
  | { readonly kind: 'scalar'; readonly value: number }
  /** The ring height, in rows, of a row-structured tensor: row r lies at (r % ring) rows. */
  | { readonly kind: 'ring'; readonly of: 'input' | 'output'; readonly index: number }
  /** First output row to produce, and the one after the last. */
  | { readonly kind: 'rowBegin' }
  | { readonly kind: 'rowEnd' }

/**
 * What an operator's calls are to save. `balanced`: a form of a kernel for each shape that gains by it;
 * `speed`: more flash for cycles, even few; `size`: one form for many operators, constants as small as a
 * kernel can read them.
 */
export type Optimize = 'speed' | 'balanced' | 'size'

export const optimizeLevels = ['speed', 'balanced', 'size'] as const satisfies readonly Optimize[]

/** How often parts of a kernel run, by name: a cost model has a coefficient for each. */
export type WorkCounts = Readonly<Record<string, number>>

/** One call of a kernel. An operator lowers to one or more (concatenation: one per input). */
export interface KernelCall {
  /** `<operator folder>/<variant>`, for example `conv2d/reference`. */
  readonly kernel: string
  /** Exported function of that kernel file. */
  readonly entry: string
  readonly args: readonly KernelArg[]
  /** Values for `Static` parameters of the entry, by parameter name. */
  readonly statics: Readonly<Record<string, number>>
  /** How often the call is repeated, advancing `batchStride` each time. */
  readonly batches: number
  /** Output rows of one batch; 1 for operators without row structure. */
  readonly outputRows: number
  /** Multiply-accumulates of all batches. */
  readonly macs: number
  readonly scratchBytes: number
  /** Work in all rows of one batch, in proportion to the rows done. */
  readonly counts: WorkCounts
  /** Work that each call does anew, whatever its rows: what it sets up. */
  readonly runCounts: WorkCounts
  /** Rows that a call does together, and the work that it does anew for each such group of its rows. */
  readonly groupRows: number
  readonly groupCounts: WorkCounts
}

/** Window of input rows that output row `row` needs: [begin, end), already clipped to the input. */
export interface RowWindow {
  readonly begin: number
  readonly end: number
}

/** Columns [begin, end) of an image and where they lie: distances in elements. */
export interface ColumnView {
  readonly begin: number
  readonly end: number
  /** From one row to the next. */
  readonly rowElements: number
  /** From the start of a row to column `begin`. */
  readonly offset: number
}

/** Part of an operator: some columns of its output, and those of its inputs that they need. */
export interface Strip {
  readonly output: ColumnView
  /** null: the input is read as if the operator were whole (weights, a broadcast operand). */
  readonly inputs: readonly (ColumnView | null)[]
}

/**
 * Columns of input `index` that column `column` of the output needs, clipped to the input. null: the
 * input is no image that is cut.
 */
export type ColumnsOf = (index: number, column: number) => RowWindow | null

/** One way to compute an operator: one kernel file and this row. */
export interface VariantDefinition<K extends OperatorKind> {
  /** File name without `.kernel.ts`. */
  readonly name: string
  /** Core feature it needs. */
  readonly requires: 'base' | 'dsp' | 'mve'
  readonly when: (context: OpContext<K>) => boolean
  /**
   * A legal variant is taken only where this holds; left out: at all levels. An operator needs one for
   * each level.
   */
  readonly suits?: (context: OpContext<K>, optimize: Optimize) => boolean
  /** Takes scratch to be fast that another variant does without: left out where memory is short. */
  readonly isRoomy?: boolean
  /**
   * `strip`: for these columns alone; only given when `columns` has an answer for the context.
   * `optimize`: which statics and constants are chosen, of several that give the same outputs; default
   * `balanced`. Strips of an operator share constants, so that these must not depend on the strip.
   */
  readonly lower: (
    context: OpContext<K>,
    strip?: Strip,
    optimize?: Optimize,
  ) => readonly KernelCall[]
  /**
   * Inputs that output 0 may overwrite element by element: the kernel reads element i of them
   * before it writes element i of the output, in ascending order.
   */
  readonly inPlace: (context: OpContext<K>) => readonly number[]
  /**
   * Rows of input `index` that an output row needs; null when the operator has no row structure. An
   * operator that has it only for some shapes answers with all rows for the others, and its calls then
   * have no `rowEnd` argument or a single output row.
   */
  readonly rows: ((context: OpContext<K>, index: number, row: number) => RowWindow) | null
  /**
   * What parts of its output's columns need; null for a context that cannot be cut by columns, left
   * out for a variant that never can. Asked only for operators whose output is one NHWC image.
   */
  readonly columns?: (context: OpContext<K>) => ColumnsOf | null
  /**
   * The operator takes input 0 as it comes: `outputRows` and the row ranges of its calls then count
   * rows of input 0 (`rows` answers for those), scratch keeps sums from the first of them to the last,
   * in rising order, and the whole output is written with the last. Such a variant is taken only where
   * rows are streamed, so that every operator needs one that does not accumulate, too.
   */
  readonly accumulates?: true
}

export interface OpDefinition<K extends OperatorKind = OperatorKind> {
  readonly kind: K
  /** TFLite names, for example CONV_2D. */
  readonly tflite: readonly string[]
  /**
   * Why no variant can compute this operator although TFLite can, in words that follow its name: a sum
   * that could leave int32, more separate dimensions than the kernels have loops. null when all is
   * well; only then may `lower` be called. Shapes, types and quantisation are taken as checked.
   */
  readonly problem: (context: OpContext<K>) => string | null
  readonly variants: readonly VariantDefinition<K>[]
  readonly cases: readonly OpCase<K>[]
}

/** A one-operator model used to test kernels; inputs without data are filled by a seeded generator. */
export interface OpCase<K extends OperatorKind = OperatorKind> {
  readonly name: string
  readonly context: OpContext<K>
}

export function defineOp<K extends OperatorKind>(definition: OpDefinition<K>): OpDefinition<K> {
  return definition
}
