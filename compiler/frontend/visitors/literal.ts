// Number literals of the subset → KIR constants of the type their surroundings want.

import type { Node } from 'ts-morph'
import { constant } from '../../kir/build.ts'
import type { Expr, ScalarType, Type } from '../../kir/node.ts'
import { isScalar, rangeOf } from '../../kir/types.ts'
import { spanOf } from '../environment.ts'
import type { FunctionScope } from '../scope.ts'

/**
 * The constant of a literal, `digits` with its sign. Without an expected type it is i32, or f32 when it
 * is written with a point or an exponent.
 */
export function lowerLiteral(
  scope: FunctionScope,
  node: Node,
  digits: string,
  negative: boolean,
  expected: Type | undefined,
): Expr | null {
  const span = spanOf(scope.file.path, node)
  const magnitude = Number(digits.replace(/_/g, ''))
  const value = negative ? -magnitude : magnitude
  const wanted =
    expected !== undefined && isScalar(expected) && expected !== 'bool' ? expected : null
  const type: ScalarType = wanted ?? (isWrittenAsFraction(digits) ? 'f32' : 'i32')
  const given = negative ? `-${digits}` : digits
  if (type === 'f32') {
    const rounded = Math.fround(value)
    if (Number.isFinite(rounded)) return constant('f32', rounded, span)
    return scope.report('TH1029', node, {
      value: given,
      type,
      range: '-3.4028235e38 to 3.4028235e38',
    })
  }
  const { min, max } = rangeOf(type)
  // Digits beyond 2^53 would already have been rounded by TypeScript.
  if (!Number.isSafeInteger(value) || BigInt(value) > max || BigInt(value) < min) {
    return scope.report('TH1029', node, { value: given, type, range: `${min} to ${max}` })
  }
  // Adding 0 turns -0 into 0: integers have one zero.
  return constant(type, value + 0, span)
}

function isWrittenAsFraction(digits: string): boolean {
  return !/^0[xob]/i.test(digits) && /[.e]/i.test(digits)
}
