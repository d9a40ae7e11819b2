// Instructions of the Cortex-M DSP extension: spelling, and meaning in the kernel subset.
//
// A register is an i32; "low" and "high" are its signed halves, bytes count from the least significant
// one. The Q and GE flags are not modelled. (Armv7-M Architecture Reference Manual, A7.7.)

import { countLeadingZeros, max, min } from './math.ts'
import {
  defineIntrinsic,
  i64,
  satI16,
  satI32,
  satI8,
  satU16,
  satU8,
  wrapAdd,
  wrapI16,
  wrapI32,
  wrapI8,
  wrapShl,
  wrapSub,
  wrapU16,
  wrapU32,
  wrapU8,
  type i32,
} from './types.ts'

/** @inline */
function low(x: i32): i32 {
  return wrapI16(x)
}

/** @inline */
function high(x: i32): i32 {
  return x >> 16
}

/**
 * The low halves of two numbers as one register.
 *
 * @inline
 */
function halves(lowHalf: i32, highHalf: i32): i32 {
  return wrapU16(lowHalf) | wrapShl(highHalf, 16)
}

/**
 * Four bytes as one register, the first the least significant.
 *
 * @inline
 */
function bytes(byte0: i32, byte1: i32, byte2: i32, byte3: i32): i32 {
  return halves(wrapU8(byte0) | (wrapU8(byte1) << 8), wrapU8(byte2) | (wrapU8(byte3) << 8))
}

/** acc + low(x) * low(y) + high(x) * high(y), modulo 2^32. */
export const smlad = defineIntrinsic(
  { c: '__SMLAD', requires: 'dsp', asm: 'smlad %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, wrapAdd(low(x) * low(y), high(x) * high(y))),
)

/** acc + low(x) * high(y) + high(x) * low(y), modulo 2^32. */
export const smladx = defineIntrinsic(
  { c: '__SMLADX', requires: 'dsp', asm: 'smladx %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, wrapAdd(low(x) * high(y), high(x) * low(y))),
)

/** acc + low(x) * low(y) - high(x) * high(y), modulo 2^32. */
export const smlsd = defineIntrinsic(
  { c: '__SMLSD', requires: 'dsp', asm: 'smlsd %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, wrapSub(low(x) * low(y), high(x) * high(y))),
)

/** acc + low(x) * high(y) - high(x) * low(y), modulo 2^32. */
export const smlsdx = defineIntrinsic(
  { c: '__SMLSDX', requires: 'dsp', asm: 'smlsdx %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, wrapSub(low(x) * high(y), high(x) * low(y))),
)

/** low(x) * low(y) + high(x) * high(y), modulo 2^32. */
export const smuad = defineIntrinsic(
  { c: '__SMUAD', requires: 'dsp', asm: 'smuad %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapAdd(low(x) * low(y), high(x) * high(y)),
)

/** low(x) * high(y) + high(x) * low(y), modulo 2^32. */
export const smuadx = defineIntrinsic(
  { c: '__SMUADX', requires: 'dsp', asm: 'smuadx %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapAdd(low(x) * high(y), high(x) * low(y)),
)

/** low(x) * low(y) - high(x) * high(y). */
export const smusd = defineIntrinsic(
  { c: '__SMUSD', requires: 'dsp', asm: 'smusd %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapSub(low(x) * low(y), high(x) * high(y)),
)

/** low(x) * high(y) - high(x) * low(y). */
export const smusdx = defineIntrinsic(
  { c: '__SMUSDX', requires: 'dsp', asm: 'smusdx %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapSub(low(x) * high(y), high(x) * low(y)),
)

/** low(x) * low(y). */
export const smulbb = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smulbb %0, %1, %2' },
  (x: i32, y: i32): i32 => low(x) * low(y),
)

/** low(x) * high(y). */
export const smulbt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smulbt %0, %1, %2' },
  (x: i32, y: i32): i32 => low(x) * high(y),
)

/** high(x) * low(y). */
export const smultb = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smultb %0, %1, %2' },
  (x: i32, y: i32): i32 => high(x) * low(y),
)

/** high(x) * high(y). */
export const smultt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smultt %0, %1, %2' },
  (x: i32, y: i32): i32 => high(x) * high(y),
)

/** acc + low(x) * low(y), modulo 2^32. */
export const smlabb = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlabb %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, low(x) * low(y)),
)

/** acc + low(x) * high(y), modulo 2^32. */
export const smlabt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlabt %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, low(x) * high(y)),
)

/** acc + high(x) * low(y), modulo 2^32. */
export const smlatb = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlatb %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, high(x) * low(y)),
)

/** acc + high(x) * high(y), modulo 2^32. */
export const smlatt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlatt %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, high(x) * high(y)),
)

/** Bits 47 to 16 of x * low(y). */
export const smulwb = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smulwb %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapI32((i64(x) * i64(low(y))) >> 16),
)

/** Bits 47 to 16 of x * high(y). */
export const smulwt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smulwt %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapI32((i64(x) * i64(high(y))) >> 16),
)

/** acc + bits 47 to 16 of x * low(y), modulo 2^32. */
export const smlawb = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlawb %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, wrapI32((i64(x) * i64(low(y))) >> 16)),
)

/** acc + bits 47 to 16 of x * high(y), modulo 2^32. */
export const smlawt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlawt %0, %1, %2, %3' },
  (x: i32, y: i32, acc: i32): i32 => wrapAdd(acc, wrapI32((i64(x) * i64(high(y))) >> 16)),
)

/** The upper 32 bits of x * y. */
export const smmul = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smmul %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapI32((i64(x) * i64(y)) >> 32),
)

/** The upper 32 bits of x * y + 2^31. */
export const smmulr = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smmulr %0, %1, %2' },
  (x: i32, y: i32): i32 => wrapI32((i64(x) * i64(y) + 2147483648) >> 32),
)

/** addend + the upper 32 bits of x * y, modulo 2^32. */
export const smmla = defineIntrinsic(
  { c: '__SMMLA', requires: 'dsp', asm: 'smmla %0, %1, %2, %3' },
  (x: i32, y: i32, addend: i32): i32 => wrapAdd(addend, wrapI32((i64(x) * i64(y)) >> 32)),
)

/** addend + the upper 32 bits of x * y + 2^31, modulo 2^32. */
export const smmlar = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smmlar %0, %1, %2, %3' },
  (x: i32, y: i32, addend: i32): i32 =>
    wrapAdd(addend, wrapI32((i64(x) * i64(y) + 2147483648) >> 32)),
)

/** Bytes 0 and 2, sign-extended to halves. */
export const sxtb16 = defineIntrinsic(
  { c: '__SXTB16', requires: 'dsp', asm: 'sxtb16 %0, %1' },
  (x: i32): i32 => halves(wrapI8(x), wrapI8(high(x))),
)

/** Bytes 1 and 3, sign-extended to halves. */
export const sxtb16Ror8 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'sxtb16 %0, %1, ror #8' },
  (x: i32): i32 => halves(wrapI8(x >> 8), wrapI8(x >> 24)),
)

/** Bytes 0 and 2 of x, sign-extended, added to the halves of `start` modulo 2^16. */
export const sxtab16 = defineIntrinsic(
  { c: '__SXTAB16', requires: 'dsp', asm: 'sxtab16 %0, %1, %2' },
  (start: i32, x: i32): i32 => halves(low(start) + wrapI8(x), high(start) + wrapI8(high(x))),
)

/** Bytes 1 and 3 of x, sign-extended, added to the halves of `start` modulo 2^16. */
export const sxtab16Ror8 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'sxtab16 %0, %1, %2, ror #8' },
  (start: i32, x: i32): i32 => halves(low(start) + wrapI8(x >> 8), high(start) + wrapI8(x >> 24)),
)

/** Bytes 0 and 2, zero-extended to halves. */
export const uxtb16 = defineIntrinsic(
  { c: '__UXTB16', requires: 'dsp', asm: 'uxtb16 %0, %1' },
  (x: i32): i32 => x & 0x00ff_00ff,
)

/** Bytes 1 and 3, zero-extended to halves. */
export const uxtb16Ror8 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'uxtb16 %0, %1, ror #8' },
  (x: i32): i32 => (x >> 8) & 0x00ff_00ff,
)

/** The low half of x below the high half of y. */
export const pkhbt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'pkhbt %0, %1, %2' },
  (x: i32, y: i32): i32 => halves(x, high(y)),
)

/** The low half of x below the low half of y. */
export const pkhbtLsl16 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'pkhbt %0, %1, %2, lsl #16' },
  (x: i32, y: i32): i32 => halves(x, y),
)

/** The high half of x above the high half of y. */
export const pkhtbAsr16 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'pkhtb %0, %1, %2, asr #16' },
  (x: i32, y: i32): i32 => halves(high(y), high(x)),
)

/** acc with byte 1 replaced by the lowest byte of x. */
export const withByte1 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'bfi %0, %2, #8, #8' },
  (acc: i32, x: i32): i32 => (acc & ~wrapShl(255, 8)) | wrapShl(wrapU8(x), 8),
)

/** acc with byte 2 replaced by the lowest byte of x. */
export const withByte2 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'bfi %0, %2, #16, #8' },
  (acc: i32, x: i32): i32 => (acc & ~wrapShl(255, 16)) | wrapShl(wrapU8(x), 16),
)

/** acc with byte 3 replaced by the lowest byte of x. */
export const withByte3 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'bfi %0, %2, #24, #8' },
  (acc: i32, x: i32): i32 => (acc & ~wrapShl(255, 24)) | wrapShl(wrapU8(x), 24),
)

/** x * 2^8, modulo 2^32, where `mask` has bits. */
export const andLsl8 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'and %0, %2, %1, lsl #8' },
  (x: i32, mask: i32): i32 => wrapShl(x, 8) & mask,
)

/** x clamped to -128 .. 127. */
export const ssat8 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #8, %1' },
  (x: i32): i32 => satI8(x),
)

/** x / 2^22 rounded down, clamped to -128 .. 127: a sum with 22 fraction bits as int8. */
export const ssat8Asr22 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #8, %1, asr #22' },
  (x: i32): i32 => satI8(x >> 22),
)

/** x / 2^7, rounded down, clamped to -128 .. 127. */
export const ssat8Asr7 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #8, %1, asr #7' },
  (x: i32): i32 => satI8(x >> 7),
)

/** x / 2^10, rounded down, clamped to -128 .. 127. */
export const ssat8Asr10 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #8, %1, asr #10' },
  (x: i32): i32 => satI8(x >> 10),
)

/** x / 2^13, rounded down, clamped to -128 .. 127. */
export const ssat8Asr13 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #8, %1, asr #13' },
  (x: i32): i32 => satI8(x >> 13),
)

/** x / 2^16, rounded down, clamped to -128 .. 127. */
export const ssat8Asr16 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #8, %1, asr #16' },
  (x: i32): i32 => satI8(x >> 16),
)

/** x / 2, rounded down, clamped to -128 .. 127. */
export const ssat8Asr1 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #8, %1, asr #1' },
  (x: i32): i32 => satI8(x >> 1),
)

/** x clamped to -32768 .. 32767. */
export const ssat16 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'ssat %0, #16, %1' },
  (x: i32): i32 => satI16(x),
)

/** x clamped to 0 .. 255. */
export const usat8 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'usat %0, #8, %1' },
  (x: i32): i32 => satU8(x),
)

/** x clamped to 0 .. 65535. */
export const usat16 = defineIntrinsic(
  { c: '', requires: 'base', asm: 'usat %0, #16, %1' },
  (x: i32): i32 => satU16(x),
)

/** Both halves clamped to -128 .. 127. */
export const ssat8x2 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'ssat16 %0, #8, %1' },
  (x: i32): i32 => halves(satI8(low(x)), satI8(high(x))),
)

/** Both halves clamped to 0 .. 255. */
export const usat8x2 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'usat16 %0, #8, %1' },
  (x: i32): i32 => halves(satU8(low(x)), satU8(high(x))),
)

/** x + y, saturated. */
export const qadd = defineIntrinsic(
  { c: '__QADD', requires: 'dsp', asm: 'qadd %0, %1, %2' },
  (x: i32, y: i32): i32 => satI32(i64(x) + i64(y)),
)

/** x - y, saturated. */
export const qsub = defineIntrinsic(
  { c: '__QSUB', requires: 'dsp', asm: 'qsub %0, %1, %2' },
  (x: i32, y: i32): i32 => satI32(i64(x) - i64(y)),
)

/** Sums of the halves, each saturated. */
export const qadd16 = defineIntrinsic(
  { c: '__QADD16', requires: 'dsp', asm: 'qadd16 %0, %1, %2' },
  (x: i32, y: i32): i32 => halves(satI16(low(x) + low(y)), satI16(high(x) + high(y))),
)

/** Differences of the halves, each saturated. */
export const qsub16 = defineIntrinsic(
  { c: '__QSUB16', requires: 'dsp', asm: 'qsub16 %0, %1, %2' },
  (x: i32, y: i32): i32 => halves(satI16(low(x) - low(y)), satI16(high(x) - high(y))),
)

/** Sums of the halves, each modulo 2^16. */
export const sadd16 = defineIntrinsic(
  { c: '__SADD16', requires: 'dsp', asm: 'sadd16 %0, %1, %2' },
  (x: i32, y: i32): i32 => halves(low(x) + low(y), high(x) + high(y)),
)

/** Differences of the halves, each modulo 2^16. */
export const ssub16 = defineIntrinsic(
  { c: '__SSUB16', requires: 'dsp', asm: 'ssub16 %0, %1, %2' },
  (x: i32, y: i32): i32 => halves(low(x) - low(y), high(x) - high(y)),
)

/** Sums of the halves, each halved and rounded down. */
export const shadd16 = defineIntrinsic(
  { c: '__SHADD16', requires: 'dsp', asm: 'shadd16 %0, %1, %2' },
  (x: i32, y: i32): i32 => halves((low(x) + low(y)) >> 1, (high(x) + high(y)) >> 1),
)

/** The larger of each pair of signed bytes. (The first instruction is there for the GE flags it sets.) */
export const smax8 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'ssub8 r12, %1, %2; sel %0, %1, %2' },
  (acc: i32, x: i32): i32 =>
    bytes(
      max(wrapI8(acc), wrapI8(x)),
      max(wrapI8(acc >> 8), wrapI8(x >> 8)),
      max(wrapI8(acc >> 16), wrapI8(x >> 16)),
      max(acc >> 24, x >> 24),
    ),
)

/** The smaller of each pair of signed bytes. */
export const smin8 = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'ssub8 r12, %1, %2; sel %0, %2, %1' },
  (acc: i32, x: i32): i32 =>
    bytes(
      min(wrapI8(acc), wrapI8(x)),
      min(wrapI8(acc >> 8), wrapI8(x >> 8)),
      min(wrapI8(acc >> 16), wrapI8(x >> 16)),
      min(acc >> 24, x >> 24),
    ),
)

/** Zero bits above the highest set bit; 32 for 0. */
export const clz = defineIntrinsic(
  { c: '__CLZ', requires: 'base', asm: 'clz %0, %1' },
  (x: i32): i32 => (x < 0 ? 0 : countLeadingZeros(x)),
)

/** x rotated right by the low five bits of n. */
export const ror = defineIntrinsic(
  { c: '__ROR', requires: 'base', asm: 'ror %0, %1, %2' },
  (x: i32, n: i32): i32 =>
    wrapI32(wrapU32(x) >>> (n & 31)) | ((n & 31) === 0 ? 0 : wrapShl(x, 32 - (n & 31))),
)

/** The bytes in reverse order. */
export const rev = defineIntrinsic(
  { c: '__REV', requires: 'base', asm: 'rev %0, %1' },
  (x: i32): i32 =>
    wrapShl(x, 24) | wrapShl(wrapU8(x >> 8), 16) | wrapShl(wrapU8(x >> 16), 8) | wrapU8(x >> 24),
)

/** The bytes of each half in reverse order. */
export const rev16 = defineIntrinsic(
  { c: '__REV16', requires: 'base', asm: 'rev16 %0, %1' },
  (x: i32): i32 => wrapShl(x & 0x00ff_00ff, 8) | ((x >> 8) & 0x00ff_00ff),
)
