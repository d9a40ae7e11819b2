// The types and built-in operations of the kernel subset. Nothing here runs: kernels are compiled.

/** 8- and 16-bit integers carry a brand: a plain number or another width is a type error. */
export type i8 = number & { readonly __int: 'i8' }
export type u8 = number & { readonly __int: 'u8' }
export type i16 = number & { readonly __int: 'i16' }
export type u16 = number & { readonly __int: 'u16' }

/**
 * Wide types accept literals and arithmetic results, which `tsc` sees as `number`; the kernel
 * frontend gives every expression its real type and refuses what does not match.
 */
export type i32 = number & { readonly __int?: 'i8' | 'u8' | 'i16' | 'u16' | 'i32' }
export type u32 = number & { readonly __int?: 'u8' | 'u16' | 'u32' }
export type i64 = number & { readonly __int?: 'i64' }
export type u64 = number & { readonly __int?: 'u64' }
export type f32 = number & { readonly __int?: 'f32' }
export type bool = boolean

export type Integer = i8 | u8 | i16 | u16 | i32 | u32 | i64 | u64
export type Scalar = Integer | f32

/** A parameter that must be known when the kernel is specialised. */
export type Static<T> = T

/** Read-only typed view of memory; `p[i]` is element i. C: `const T *`. */
export interface ConstPtr<T> {
  readonly [index: number]: T
  /** The view that starts `elements` elements further on. */
  offset(elements: i32): ConstPtr<T>
  /** The same memory as elements of another type; the address must suit that type. */
  reinterpret<U>(): ConstPtr<U>
  /** 32 bits, little-endian, from element `index` on; the address must be a multiple of 4. */
  loadWord(index: i32): i32
  /** 32 bits, little-endian, from element `index` on, at any address. */
  loadWordUnaligned(index: i32): i32
}

/** Typed view of memory that may be written. C: `T *`. */
export interface Ptr<T> extends ConstPtr<T> {
  [index: number]: T
  offset(elements: i32): Ptr<T>
  reinterpret<U>(): Ptr<U>
  /** Stores 32 bits, little-endian, from element `index` on; the address must be a multiple of 4. */
  storeWord(index: i32, value: i32): void
  storeWordUnaligned(index: i32, value: i32): void
}

/** Fixed array on the stack; `length` must be a compile-time value. Its elements start undefined. */
export declare function localArray<T>(length: i32): Ptr<T>

/** `for (const k of unroll(0, 4))`: the body once per value; both bounds compile-time values. */
export declare function unroll(from: i32, to: i32): Iterable<i32>

// Conversions named after a type keep the value: one that does not fit traps in the checked backend.
// To f32 from an integer: rounded to nearest even.
export declare function i8(x: Scalar): i8
export declare function u8(x: Scalar): u8
export declare function i16(x: Scalar): i16
export declare function u16(x: Scalar): u16
export declare function i32(x: Scalar): i32
export declare function u32(x: Scalar): u32
export declare function i64(x: Scalar): i64
export declare function u64(x: Scalar): u64
export declare function f32(x: Scalar): f32

// Modulo 2^n: keeps the low bits of any integer.
export declare function wrapI8(x: Integer): i8
export declare function wrapU8(x: Integer): u8
export declare function wrapI16(x: Integer): i16
export declare function wrapU16(x: Integer): u16
export declare function wrapI32(x: Integer): i32
export declare function wrapU32(x: Integer): u32
export declare function wrapI64(x: Integer): i64
export declare function wrapU64(x: Integer): u64

// Saturating: clamps any signed integer to the range of the target.
export declare function satI8(x: i32 | i64): i8
export declare function satU8(x: i32 | i64): u8
export declare function satI16(x: i32 | i64): i16
export declare function satU16(x: i32 | i64): u16
export declare function satI32(x: i64): i32

// i32 arithmetic modulo 2^32; the plain operators trap on overflow in the checked backend.
export declare function wrapAdd(a: i32, b: i32): i32
export declare function wrapSub(a: i32, b: i32): i32
export declare function wrapMul(a: i32, b: i32): i32
export declare function wrapShl(a: i32, bits: i32): i32

/** Integer division and remainder as in C, towards zero; a zero divisor traps. `/` is for f32 alone. */
export declare function idiv(a: i32, b: i32): i32
export declare function irem(a: i32, b: i32): i32

/** Towards zero; NaN and values outside i32 trap in the checked backend and saturate elsewhere (NaN to 0). */
export declare function truncI32(x: f32): i32

/** What an intrinsic is called in C and which core feature it needs. */
export interface IntrinsicSpelling {
  /** CMSIS-Core name, for example `__SMLAD`; '' where it has none that takes registers alone. */
  readonly c: string
  /** Feature of the core; 'base' is there on every Cortex-M from M3 on. */
  readonly requires: 'base' | 'dsp' | 'mve'
  /** GNU assembly for Arm: %0 is the result, %1, %2 ... the operands in order. */
  readonly asm: string
}

/** Declares an intrinsic: its spelling, and its meaning in the subset, which every other target runs. */
export declare function defineIntrinsic<F extends (...args: never[]) => unknown>(
  spelling: IntrinsicSpelling,
  meaning: F,
): F
