// `p[i]` as a place to read or write.

import { Node } from 'ts-morph'
import type { Expr, ScalarType } from '../../kir/node.ts'
import { isPtr, typeName } from '../../kir/types.ts'
import type { FunctionScope } from '../scope.ts'
import { lowerIndex } from './operand.ts'

/** `p[i]`: the pointer, the index and the element type. */
export function lowerPlace(
  scope: FunctionScope,
  node: Node,
): { ptr: Expr; index: Expr; element: ScalarType; readonly: boolean } | null {
  if (!Node.isElementAccessExpression(node)) return null
  if (node.hasQuestionDotToken()) return scope.report('TH1018', node, { what: "'?.'" })
  const ptr = scope.lowerExpr(scope, node.getExpression())
  const argument = node.getArgumentExpression()
  if (ptr === null) return null
  if (argument === undefined) return scope.report('TH1018', node, { what: "'[]' without an index" })
  if (!isPtr(ptr.type)) {
    const found = typeName(ptr.type)
    return scope.report('TH1040', node.getExpression(), { found, wanted: 'a pointer' })
  }
  const index = lowerIndex(scope, argument)
  if (index === null) return null
  return { ptr, index, element: ptr.type.to, readonly: ptr.type.readonly }
}
