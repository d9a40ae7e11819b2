// KIR statements → C99.

import type { Expr, Stmt } from '../../kir/node.ts'
import { LineWriter } from '../writer.ts'
import { cAddress, cExpr, type CNames } from './expression.ts'
import { cComment, cDeclarator, cScalar } from './names.ts'

/** The parameter through which a model function with transfers reaches its caller. */
export const rowsParameter = 'rows'

export function printBody(body: readonly Stmt[], names: CNames, out: LineWriter): void {
  for (const s of body) printStatement(s, names, out)
}

function block(head: string, body: readonly Stmt[], names: CNames, out: LineWriter): void {
  out.line(`${head}{`)
  out.indented(() => {
    printBody(body, names, out)
  })
  out.line('}')
}

function printStatement(s: Stmt, names: CNames, out: LineWriter): void {
  out.at(s.span)
  const c = (e: Expr): string => cExpr(e, names)
  switch (s.kind) {
    case 'let': {
      const declared = cDeclarator(s.type, names.local(s.name))
      const constant = !s.mutable && typeof s.type === 'string' ? 'const ' : ''
      out.wrapped(`${constant}${declared} = ${c(s.value)};`)
      return
    }
    case 'array':
      out.line(`${cScalar(s.element)} ${names.local(s.name)}[${c(s.length)}];`)
      return
    case 'assign':
      out.wrapped(`${assignment(s, names)};`)
      return
    case 'store':
      out.wrapped(`${cPlace(s.ptr, s.index, names)} = ${c(s.value)};`)
      return
    case 'storeWord':
      out.line(
        `thimble_store_${s.aligned ? 'aligned_' : ''}word(${cAddress(s.ptr, s.index, names)}, ${c(s.value)});`,
      )
      return
    case 'if':
      printIf(s, names, out)
      return
    case 'for': {
      const init = `${cDeclarator(s.init.type, names.local(s.init.name))} = ${c(s.init.value)}`
      const update = s.update.kind === 'assign' ? assignment(s.update, names) : ''
      block(`for (${init}; ${c(s.condition)}; ${update}) `, s.body, names, out)
      return
    }
    case 'while':
      block(`while (${c(s.condition)}) `, s.body, names, out)
      return
    case 'unroll':
      throw new Error('unroll() is expanded before emission')
    case 'block':
      block('', s.body, names, out)
      return
    case 'break':
    case 'continue':
      out.line(`${s.kind};`)
      return
    case 'return':
      out.wrapped(s.value === null ? 'return;' : `return ${c(s.value)};`)
      return
    case 'call':
      out.wrapped(`${c(s.call)};`)
      return
    case 'comment':
      out.line(`/* ${cComment(s.text)} */`)
      return
    case 'trace':
      out.line(`thimble_trace(${s.step});`)
      return
    case 'transfer': {
      const args = `${s.index}, ${c(s.row)}, ${c(s.ptr)}`
      out.wrapped(`${rowsParameter}->${s.direction}(${rowsParameter}->context, ${args});`)
      return
    }
  }
}

function cPlace(ptr: Expr, index: Expr, names: CNames): string {
  const base = cExpr(ptr, names)
  return `${/^\w+$/.test(base) ? base : `(${base})`}[${cExpr(index, names)}]`
}

/** `i++`, `x += e` or `x = e`. */
function assignment(s: Extract<Stmt, { kind: 'assign' }>, names: CNames): string {
  const name = names.local(s.name)
  const { value } = s
  const compound = { add: '+=', sub: '-=', mul: '*=' } as const
  if (value.kind === 'binary' && value.left.kind === 'local' && value.left.name === s.name) {
    if (value.op === 'add' && value.right.kind === 'const' && Number(value.right.value) === 1) {
      return `${name}++`
    }
    if (value.op === 'add' || value.op === 'sub' || value.op === 'mul') {
      return `${name} ${compound[value.op]} ${cExpr(value.right, names)}`
    }
  }
  return `${name} = ${cExpr(value, names)}`
}

function printIf(s: Extract<Stmt, { kind: 'if' }>, names: CNames, out: LineWriter): void {
  out.line(`if (${cExpr(s.condition, names)}) {`)
  out.indented(() => {
    printBody(s.then, names, out)
  })
  let rest = s.else
  for (;;) {
    const [first] = rest
    if (rest.length !== 1 || first?.kind !== 'if') break
    out.at(first.span)
    out.line(`} else if (${cExpr(first.condition, names)}) {`)
    out.indented(() => {
      printBody(first.then, names, out)
    })
    rest = first.else
  }
  if (rest.length > 0) {
    out.line('} else {')
    out.indented(() => {
      printBody(rest, names, out)
    })
  }
  out.line('}')
}
