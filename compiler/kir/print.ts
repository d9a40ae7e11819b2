// The text form of KIR: close to the kernel language, with every conversion and wrapping operation spelled out.

import type { BinaryOp, DataItem, Expr, Func, Module, Param, Stmt, StructType } from './node.ts'
import { typeName } from './types.ts'

const symbols: Readonly<Record<BinaryOp, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  rem: '%',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shr: '>>',
  wrapAdd: '+%',
  wrapSub: '-%',
  wrapMul: '*%',
  wrapShl: '<<%',
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  andAlso: '&&',
  orElse: '||',
}

const unarySymbols = { neg: '-', not: '!', bitNot: '~' } as const

/** Data items show at most this many values. */
const shownValues = 16

/** A module as text: structs, data, functions; the same module always gives the same text. */
export function printModule(module: Module): string {
  const parts = [
    `module ${module.name}`,
    ...module.structs.map(printStruct),
    ...module.data.map(printData),
    ...module.functions.map(printFunction),
  ]
  return parts.join('\n\n') + '\n'
}

export function printFunction(f: Func): string {
  const notes = f.intrinsic === null ? '' : ` intrinsic ${f.intrinsic.c} ${f.intrinsic.requires}`
  const inline = { always: ' inline', never: ' noinline', free: '' }[f.inlining]
  const head = `function ${f.name}(${f.params.map(printParam).join(', ')}): ${typeName(f.result)}`
  return [`${head}${inline}${notes} {`, ...printBody(f.body), '}'].join('\n')
}

function printParam(p: Param): string {
  const type = typeName(p.type)
  return `${p.name}: ${p.isStatic ? `Static<${type}>` : type}`
}

function printStruct(s: StructType): string {
  return [`struct ${s.name} {`, ...s.fields.map(f => `  ${f.name}: ${f.type}`), '}'].join('\n')
}

function printData(d: DataItem): string {
  if (d.kind === 'struct') {
    const fields = Object.entries(d.values).map(([name, value]) => `${name}: ${value}`)
    return `data ${d.name}: ${d.struct} = { ${fields.join(', ')} }`
  }
  if (d.kind === 'structs') {
    const structs = d.values.map(values => {
      const fields = Object.entries(values).map(([name, value]) => `${name}: ${value}`)
      return `{ ${fields.join(', ')} }`
    })
    return `data ${d.name}: ${d.struct}[${d.values.length}] = ${structs.join(', ')}`
  }
  const shown = Array.from(d.values).slice(0, shownValues).join(', ')
  const rest = d.values.length > shownValues ? ', ...' : ''
  return `data ${d.name}: ${d.type}[${d.values.length}]${d.weights ? ' weights' : ''} = ${shown}${rest}`
}

function printBody(body: readonly Stmt[]): readonly string[] {
  return body.flatMap(s => printStmt(s).map(line => `  ${line}`))
}

function printStmt(s: Stmt): readonly string[] {
  switch (s.kind) {
    case 'let':
      return [printLet(s)]
    case 'array':
      return [`const ${s.name} = localArray<${s.element}>(${printExpr(s.length)})`]
    case 'assign':
      return [`${s.name} = ${printExpr(s.value)}`]
    case 'store':
      return [`${printExpr(s.ptr)}[${printExpr(s.index)}] = ${printExpr(s.value)}`]
    case 'storeWord': {
      const method = s.aligned ? 'storeWord' : 'storeWordUnaligned'
      return [`${printExpr(s.ptr)}.${method}(${printExpr(s.index)}, ${printExpr(s.value)})`]
    }
    case 'if':
      return printIf(s)
    case 'for': {
      const update = printStmt(s.update).join(' ')
      const head = `for (${printLet(s.init)}; ${printExpr(s.condition)}; ${update})`
      return [`${head} {`, ...printBody(s.body), '}']
    }
    case 'while':
      return [`while (${printExpr(s.condition)}) {`, ...printBody(s.body), '}']
    case 'unroll': {
      const head = `for (const ${s.name} of unroll(${printExpr(s.from)}, ${printExpr(s.to)}))`
      return [`${head} {`, ...printBody(s.body), '}']
    }
    case 'block':
      return ['{', ...printBody(s.body), '}']
    case 'break':
    case 'continue':
      return [s.kind]
    case 'return':
      return [s.value === null ? 'return' : `return ${printExpr(s.value)}`]
    case 'call':
      return [printExpr(s.call)]
    case 'comment':
      return [`// ${s.text}`]
    case 'trace':
      return [`trace ${s.step}`]
    case 'transfer': {
      const what = `${s.direction === 'receive' ? 'input' : 'output'} ${s.index}`
      return [
        `${s.direction} ${what} row ${printExpr(s.row)} at ${printExpr(s.ptr)}, ${s.bytes} bytes`,
      ]
    }
  }
}

function printLet(s: Extract<Stmt, { kind: 'let' }>): string {
  return `${s.mutable ? 'let' : 'const'} ${s.name}: ${typeName(s.type)} = ${printExpr(s.value)}`
}

function printIf(s: Extract<Stmt, { kind: 'if' }>): readonly string[] {
  const head = [`if (${printExpr(s.condition)}) {`, ...printBody(s.then)]
  return s.else.length === 0 ? [...head, '}'] : [...head, '} else {', ...printBody(s.else), '}']
}

/** An expression on one line; operations are parenthesised, i32 literals plain, others suffixed. */
export function printExpr(e: Expr): string {
  switch (e.kind) {
    case 'const':
      return printConst(e)
    case 'local':
    case 'data':
      return e.name
    case 'field':
      return `${e.object}.${e.field}`
    case 'unary':
      return `${unarySymbols[e.op]}(${printExpr(e.value)})`
    case 'binary':
      return `(${printExpr(e.left)} ${symbols[e.op]} ${printExpr(e.right)})`
    case 'convert':
      return `${e.type}.${e.mode}(${printExpr(e.value)})`
    case 'select':
      return `(${printExpr(e.condition)} ? ${printExpr(e.then)} : ${printExpr(e.else)})`
    case 'load':
      return `${printExpr(e.ptr)}[${printExpr(e.index)}]`
    case 'loadWord':
      return `${printExpr(e.ptr)}.loadWord${e.aligned ? '' : 'Unaligned'}(${printExpr(e.index)})`
    case 'offset':
      return `${printExpr(e.ptr)}.offset(${printExpr(e.index)})`
    case 'reinterpret':
      return `${printExpr(e.ptr)}.reinterpret<${e.type.to}>()`
    case 'call':
      return `${e.callee}(${e.args.map(printExpr).join(', ')})`
    case 'element':
      return `${e.name}[${printExpr(e.index)}]`
    case 'region': {
      const place = `${printExpr(e.base)}, ${printExpr(e.offset)}`
      if (e.among !== undefined) {
        const places = e.among.places.map(({ bytes, owner }) => `${bytes} of ${owner}`).join(', ')
        return `region<${e.type.to}>(${place}, [${places}][${printExpr(e.among.which)}])`
      }
      return `region<${e.type.to}>(${place}, ${e.bytes} bytes, owner ${e.owner})`
    }
  }
}

function printConst(e: Extract<Expr, { kind: 'const' }>): string {
  if (e.type === 'bool') return e.value === 0 ? 'false' : 'true'
  const text = Object.is(e.value, -0) ? '-0' : String(e.value)
  return e.type === 'i32' ? text : `${text}:${e.type}`
}
