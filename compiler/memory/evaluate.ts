// Evaluates the integer expressions between the kernel calls of an emitted program.

import type { BinaryOp, Expr } from '../kir/node.ts'

/** Values of the locals in scope. */
export type Locals = ReadonlyMap<string, number>

/** The value of an expression over constants and locals; null when it is of another kind. */
export function evaluate(e: Expr, locals: Locals): number | null {
  switch (e.kind) {
    case 'const':
      return typeof e.value === 'number' ? e.value : null
    case 'local':
      return locals.get(e.name) ?? null
    case 'convert':
      return e.mode === 'keep' ? evaluate(e.value, locals) : null
    case 'binary': {
      const left = evaluate(e.left, locals)
      const right = evaluate(e.right, locals)
      if (left === null || right === null) return null
      const value = operate(e.op, left, right)
      return value === null || !Number.isSafeInteger(value) ? null : value
    }
    case 'unary':
    case 'field':
    case 'select':
    case 'load':
    case 'loadWord':
    case 'offset':
    case 'reinterpret':
    case 'call':
    case 'data':
    case 'region':
      return null
  }
}

function operate(op: BinaryOp, a: number, b: number): number | null {
  switch (op) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return a * b
    case 'div':
      return b === 0 ? null : Math.trunc(a / b)
    case 'rem':
      return b === 0 ? null : a % b
    case 'eq':
      return Number(a === b)
    case 'ne':
      return Number(a !== b)
    case 'lt':
      return Number(a < b)
    case 'le':
      return Number(a <= b)
    case 'gt':
      return Number(a > b)
    case 'ge':
      return Number(a >= b)
    case 'and':
    case 'or':
    case 'xor':
    case 'shl':
    case 'shr':
    case 'wrapAdd':
    case 'wrapSub':
    case 'wrapMul':
    case 'wrapShl':
    case 'andAlso':
    case 'orElse':
      return null
  }
}
