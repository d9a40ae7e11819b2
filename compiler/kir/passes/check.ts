// Reports constant operations without a defined value, and array lengths, once a function is specialised.

import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import { eachExpr, eachStmt } from '../build.ts'
import { foldBinary, foldConvert } from '../fold.ts'
import type { Expr, Func, Stmt } from '../node.ts'
import { bitsOf, bytesOf, isInteger, typeName } from '../types.ts'
import { reportAt, type LineOf } from './report.ts'

/** Most bytes of one local array: the stacks of small microcontrollers hold a few kB. */
export const arrayBytesLimit = 4096

/** Reports what cannot be computed in a folded body: TH1032 and TH1034 to TH1036. */
export function checkFunction(f: Func, bag: DiagnosticBag, lineOf: LineOf): void {
  eachStmt(f.body, s => {
    if (s.kind === 'array') checkArray(s, bag, lineOf)
  })
  eachExpr(f.body, e => {
    checkExpr(e, bag, lineOf)
  })
}

function checkArray(s: Extract<Stmt, { kind: 'array' }>, bag: DiagnosticBag, lineOf: LineOf): void {
  const { length, element, span } = s
  const limit = arrayBytesLimit / bytesOf(element)
  const known = length.kind === 'const'
  if (known && length.value >= 1 && length.value <= limit) return
  const found = known ? `, this one is ${length.value}` : ', this one is computed'
  reportAt(bag, lineOf, 'TH1032', span, { limit, found })
}

/** Reports an operation that has no defined value, whatever its operands that are not constant. */
export function checkExpr(e: Expr, bag: DiagnosticBag, lineOf: LineOf): void {
  const overflow = (value: string): void => {
    reportAt(bag, lineOf, 'TH1035', e.span, { type: typeName(e.type), value })
  }
  if (e.kind === 'convert' && e.value.kind === 'const') {
    const folded = foldConvert(e.mode, e.type, e.value)
    if (folded.kind === 'undefined') overflow(String(e.value.value))
  }
  if (e.kind === 'unary' && e.op === 'neg' && e.value.kind === 'const' && isInteger(e.type)) {
    overflow(String(-BigInt(e.value.value)))
  }
  if (e.kind !== 'binary' || e.right.kind !== 'const' || !isInteger(e.type)) return
  if (e.op === 'shl' || e.op === 'shr' || e.op === 'wrapShl') {
    const [amount, limit] = [Number(e.right.value), bitsOf(e.type) - 1]
    if (amount < 0 || amount > limit) {
      reportAt(bag, lineOf, 'TH1034', e.span, { type: e.type, amount, limit })
      return
    }
  }
  if ((e.op === 'div' || e.op === 'rem') && Number(e.right.value) === 0) {
    reportAt(bag, lineOf, 'TH1036', e.span, {})
    return
  }
  if (e.left.kind !== 'const') return
  const folded = foldBinary(e.op, e.left, e.right)
  if (folded.kind === 'undefined') overflow(String(folded.value))
}
