// LOGISTIC, int8 to int8 with output scale 1/256 and zero point -128.

import { logisticOf } from '../../runtime/lang/fixed_point.ts'
import { clamp } from '../../runtime/lang/math.ts'
import {
  multiplyByQuantizedMultiplier,
  roundingDivideByPowerOfTwo,
} from '../../runtime/lang/requantize.ts'
import { i8, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'

export interface LogisticParams {
  readonly rowElements: i32
  readonly inputRowElements: i32
  readonly outputRowElements: i32
  readonly inputZeroPoint: i32
  /** Inputs this far from the zero point, or further, saturate. */
  readonly inputRadius: i32
  /** Scales a centred input to the Q4 argument of the function. */
  readonly multiplier: i32
  readonly shift: i32
}

/** One element. (TFLite reference_integer_ops::Logistic.) */
function logisticElement(centred: i32, p: LogisticParams): i8 {
  if (centred <= -p.inputRadius) return i8(-128)
  if (centred >= p.inputRadius) return i8(127)
  const argument: i32 = multiplyByQuantizedMultiplier(centred, p.multiplier, p.shift)
  const probability: i32 = roundingDivideByPowerOfTwo(logisticOf(argument, 4), 23)
  return i8(clamp(probability - 128, -128, 127))
}

/**
 * Output rows [rowBegin, rowEnd); input, output: int8, rings of inputRing and outputRing rows. The
 * algorithm runs per element: a table of its 256 results is a variant of its own.
 */
export function logistic(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: LogisticParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const from: ConstPtr<i8> = input.offset((row % inputRing) * p.inputRowElements)
    const to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let i: i32 = 0; i < p.rowElements; i++) {
      to[i] = logisticElement(from[i] - p.inputZeroPoint, p)
    }
  }
}
