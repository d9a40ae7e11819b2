// `p[i]` as a place to read or write.

import { Node } from 'ts-morph'
import type { Expr, ScalarType } from '../../kir/node.ts'
import { isPtr, typeName } from '../../kir/types.ts'
import type { FunctionScope } from '../environment.ts'
import { lowerIndex } from './operand.ts'

/** `p[i]`: the pointer, the index and the element type. */
export function lowerPlace(
  scope: FunctionScope,
  node: Node,
): { ptr: Expr; index: Expr; element: ScalarType; readonly: boolean } | null {
  if (!Node.isElementAccessExpression(node)) return null
  const ptr = scope.lowerExpr(scope, node.getExpression())
  const argument = node.getArgumentExpression()
  if (ptr === null || argument === undefined) return null
  if (!isPtr(ptr.type)) {
    const found = typeName(ptr.type)
    return scope.report('TH1040', node.getExpression(), { found, wanted: 'a pointer' })
  }
  const index = lowerIndex(scope, argument)
  if (index === null) return null
  return { ptr, index, element: ptr.type.to, readonly: ptr.type.readonly }
}
