// The kernel IR (KIR): a small typed tree that every backend prints; narrow arithmetic is explicit.

export type ScalarType =
  'bool' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32'

/** Pointer to scalars; `readonly` pointers cannot be stored through. */
export interface PtrType {
  readonly kind: 'ptr'
  readonly to: ScalarType
  readonly readonly: boolean
}

/** A read-only params struct, always passed by address. */
export interface StructRef {
  readonly kind: 'struct'
  readonly name: string
}

export type Type = ScalarType | PtrType | StructRef

/** Place in a `.kernel.ts` file: 1-based line and column, length in characters. */
export interface Span {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
}

/** Arithmetic and bit operators have operands and result of one type: i32, u32, i64, u64 or f32. */
export type ArithmeticOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  /** Arithmetic on signed types, logical on unsigned ones. */
  | 'shr'
  /** i32 modulo 2^32. */
  | 'wrapAdd'
  | 'wrapSub'
  | 'wrapMul'
  | 'wrapShl'

export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'
export type LogicalOp = 'andAlso' | 'orElse'
export type BinaryOp = ArithmeticOp | CompareOp | LogicalOp

/**
 * keep: the value must fit (widening, or a checked `i8(x)`); int to f32 rounds to nearest even.
 * wrap: low bits. sat: clamp to the range. trunc: f32 to i32 towards zero.
 */
export type ConvertMode = 'keep' | 'wrap' | 'sat' | 'trunc'

export type Expr =
  /** i64 and u64 values are bigint, all others number (bool: 0 or 1). */
  | {
      readonly kind: 'const'
      readonly type: ScalarType
      readonly value: number | bigint
      readonly span: Span
    }
  | { readonly kind: 'local'; readonly type: Type; readonly name: string; readonly span: Span }
  /** Field of a struct parameter. */
  | {
      readonly kind: 'field'
      readonly type: ScalarType
      readonly struct: string
      readonly object: string
      readonly field: string
      readonly span: Span
    }
  | {
      readonly kind: 'unary'
      readonly type: ScalarType
      readonly op: 'neg' | 'not' | 'bitNot'
      readonly value: Expr
      readonly span: Span
    }
  | {
      readonly kind: 'binary'
      readonly type: ScalarType
      readonly op: BinaryOp
      readonly left: Expr
      readonly right: Expr
      readonly span: Span
    }
  | {
      readonly kind: 'convert'
      readonly type: ScalarType
      readonly mode: ConvertMode
      readonly value: Expr
      readonly span: Span
    }
  | {
      readonly kind: 'select'
      readonly type: ScalarType
      readonly condition: Expr
      readonly then: Expr
      readonly else: Expr
      readonly span: Span
    }
  | {
      readonly kind: 'load'
      readonly type: ScalarType
      readonly ptr: Expr
      readonly index: Expr
      readonly span: Span
    }
  /** i32 from element `index` on, little-endian. */
  | {
      readonly kind: 'loadWord'
      readonly type: 'i32'
      readonly ptr: Expr
      readonly index: Expr
      readonly aligned: boolean
      readonly span: Span
    }
  | {
      readonly kind: 'offset'
      readonly type: PtrType
      readonly ptr: Expr
      readonly index: Expr
      readonly span: Span
    }
  | {
      readonly kind: 'reinterpret'
      readonly type: PtrType
      readonly ptr: Expr
      readonly span: Span
    }
  /** `callee` is the `name` of a function of the module. */
  | {
      readonly kind: 'call'
      readonly type: Type | 'void'
      readonly callee: string
      readonly args: readonly Expr[]
      readonly span: Span
    }
  /** Address of a data item of the module. */
  | {
      readonly kind: 'data'
      readonly type: PtrType | StructRef
      readonly name: string
      readonly span: Span
    }
  /** Address of struct number `index` of a data item of kind `structs`. */
  | {
      readonly kind: 'element'
      readonly type: StructRef
      readonly name: string
      readonly index: Expr
      readonly span: Span
    }
  /**
   * `bytes` bytes of memory from byte `offset` of `base` on, holding values of `owner`. The checked
   * backend bounds accesses to it and lets reads see only bytes last written for the same owner.
   * Where the offset comes from a table, `among` has bytes and owner for each of its rows; the plain
   * ones then mean nothing.
   */
  | {
      readonly kind: 'region'
      readonly type: PtrType
      readonly base: Expr
      readonly offset: Expr
      readonly bytes: number
      readonly owner: number
      readonly among?: RegionChoice
      readonly span: Span
    }

/** `places[which]` is the region in question. */
export interface RegionChoice {
  readonly which: Expr
  readonly places: readonly { readonly bytes: number; readonly owner: number }[]
}

export type Stmt =
  | {
      readonly kind: 'let'
      readonly name: string
      readonly type: Type
      readonly mutable: boolean
      readonly value: Expr
      readonly span: Span
    }
  /** Array on the stack; `length` is a const expression once the function is specialised. */
  | {
      readonly kind: 'array'
      readonly name: string
      readonly element: ScalarType
      readonly length: Expr
      readonly span: Span
    }
  | { readonly kind: 'assign'; readonly name: string; readonly value: Expr; readonly span: Span }
  | {
      readonly kind: 'store'
      readonly ptr: Expr
      readonly index: Expr
      readonly value: Expr
      readonly span: Span
    }
  | {
      readonly kind: 'storeWord'
      readonly ptr: Expr
      readonly index: Expr
      readonly value: Expr
      readonly aligned: boolean
      readonly span: Span
    }
  | {
      readonly kind: 'if'
      readonly condition: Expr
      readonly then: readonly Stmt[]
      readonly else: readonly Stmt[]
      readonly span: Span
    }
  /** `init` declares the loop variable; `update` is an assignment. */
  | {
      readonly kind: 'for'
      readonly init: Extract<Stmt, { kind: 'let' }>
      readonly condition: Expr
      readonly update: Stmt
      readonly body: readonly Stmt[]
      readonly span: Span
    }
  | {
      readonly kind: 'while'
      readonly condition: Expr
      readonly body: readonly Stmt[]
      readonly span: Span
    }
  /** Repeats the body for `name` = from ... to - 1 at compile time; the unroll pass removes it. */
  | {
      readonly kind: 'unroll'
      readonly name: string
      readonly from: Expr
      readonly to: Expr
      readonly body: readonly Stmt[]
      readonly span: Span
    }
  | { readonly kind: 'block'; readonly body: readonly Stmt[]; readonly span: Span }
  | { readonly kind: 'break'; readonly span: Span }
  | { readonly kind: 'continue'; readonly span: Span }
  | { readonly kind: 'return'; readonly value: Expr | null; readonly span: Span }
  | { readonly kind: 'call'; readonly call: Extract<Expr, { kind: 'call' }>; readonly span: Span }
  /** A remark carried into emitted text, above the next statement. */
  | { readonly kind: 'comment'; readonly text: string; readonly span: Span }
  /** Reports that step `step` of a model has finished, when tracing. */
  | { readonly kind: 'trace'; readonly step: number; readonly span: Span }
  /**
   * Asks the caller for row `row` of input `index` of the model, or hands row `row` of output `index`
   * over; `ptr` (u8) is where its `bytes` bytes lie.
   */
  | {
      readonly kind: 'transfer'
      readonly direction: 'receive' | 'send'
      readonly index: number
      readonly row: Expr
      readonly ptr: Expr
      readonly bytes: number
      readonly span: Span
    }

export interface Param {
  readonly name: string
  readonly type: Type
  /** Must be given a value by specialisation. */
  readonly isStatic: boolean
  readonly span: Span
}

/** How an intrinsic is spelled; see `runtime/lang/types.ts`. */
export interface Intrinsic {
  readonly c: string
  readonly requires: 'base' | 'dsp' | 'mve'
  readonly asm: string
}

/** Marked `@inline`, `@noinline`, or neither: C and wasm compilers decide. */
export type Inlining = 'always' | 'never' | 'free'

export interface Func {
  /** Unique in the module, an identifier in every target. */
  readonly name: string
  /** Text of the doc comment, without markers; '' when there is none. */
  readonly doc: string
  readonly params: readonly Param[]
  readonly result: Type | 'void'
  readonly body: readonly Stmt[]
  readonly inlining: Inlining
  /** Set for an intrinsic: `body` is its meaning. */
  readonly intrinsic: Intrinsic | null
  readonly span: Span
}

export interface StructType {
  readonly name: string
  readonly doc: string
  readonly fields: readonly { readonly name: string; readonly type: ScalarType }[]
  readonly span: Span
}

/** A constant of the module, in flash. */
export type DataItem =
  | {
      readonly kind: 'array'
      readonly name: string
      readonly type: ScalarType
      readonly values: ArrayLike<number>
      /** Counted as weights in reports; other items count as constants. */
      readonly weights: boolean
    }
  | {
      readonly kind: 'struct'
      readonly name: string
      readonly struct: string
      readonly values: Readonly<Record<string, number>>
    }
  | {
      readonly kind: 'structs'
      readonly name: string
      readonly struct: string
      readonly values: readonly Readonly<Record<string, number>>[]
    }

export interface Module {
  readonly name: string
  readonly structs: readonly StructType[]
  /** Callees before callers. */
  readonly functions: readonly Func[]
  readonly data: readonly DataItem[]
  /** The statements of the kernels were ordered for a core: compilers are asked to keep the order. */
  readonly ordered?: boolean
}

export const noSpan: Span = { file: '', line: 1, column: 1, length: 1 }
