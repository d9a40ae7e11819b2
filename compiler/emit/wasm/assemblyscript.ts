// KIR → AssemblyScript source, for host runs with npm packages alone.

import { eachStmt } from '../../kir/build.ts'
import type { Func, Module, Stmt } from '../../kir/node.ts'
import { isPtr } from '../../kir/types.ts'
import { LineWriter } from '../writer.ts'
import { asAddress, asExpr, asName, asType } from './expression.ts'
import { layoutOf, type WasmLayout } from './layout.ts'

export interface AssemblyScriptModule {
  readonly source: string
  readonly layout: WasmLayout
}

/** Emits all functions; those named in `exports` can be called by the host. */
export function emitAssemblyScript(
  module: Module,
  exports: ReadonlySet<string>,
): AssemblyScriptModule {
  const layout = layoutOf(module)
  const out = new LineWriter()
  for (const line of prelude) out.line(line)
  for (const line of imports(module)) out.line(line)
  for (const f of module.functions) printFunction(f, exports.has(f.name), layout, out)
  return { source: out.toString(), layout }
}

const prelude = [
  '// f32 to i32 towards zero; NaN gives 0, values outside saturate.',
  'function $truncI32(x: f32): i32 {',
  '  if (x != x) return 0',
  '  if (x >= 2147483648.0) return i32.MAX_VALUE',
  '  if (x < -2147483648.0) return i32.MIN_VALUE',
  '  return <i32>x',
  '}',
]

/** Declarations of the host functions that the module calls. */
function imports(module: Module): readonly string[] {
  const used = new Set<string>()
  for (const f of module.functions) {
    eachStmt(f.body, s => {
      if (s.kind === 'trace') used.add('trace')
      if (s.kind === 'transfer') used.add(s.direction)
    })
  }
  return Object.entries(hostFunctions).flatMap(([name, params]) =>
    used.has(name)
      ? [`@external('env', '${name}')`, `declare function $${name}(${params}): void`]
      : [],
  )
}

const row = 'index: i32, row: i32, place: usize, bytes: i32'
const hostFunctions = { trace: 'step: i32', receive: row, send: row } as const

function printFunction(f: Func, exported: boolean, layout: WasmLayout, out: LineWriter): void {
  const params = f.params.map(p => `${asName(p.name)}: ${asType(p.type)}`).join(', ')
  out.line()
  if (f.inlining === 'always') out.line('@inline')
  out.line(`${exported ? 'export ' : ''}function ${f.name}(${params}): ${asType(f.result)} {`)
  out.indented(() => {
    printBody(f.body, f.name, layout, out)
  })
  out.line('}')
}

function printBody(
  body: readonly Stmt[],
  owner: string,
  layout: WasmLayout,
  out: LineWriter,
): void {
  for (const s of body) printStmt(s, owner, layout, out)
}

function printStmt(s: Stmt, owner: string, layout: WasmLayout, out: LineWriter): void {
  const as = (e: Parameters<typeof asExpr>[0]): string => asExpr(e, layout)
  const block = (head: string, body: readonly Stmt[]): void => {
    out.line(`${head}{`)
    out.indented(() => {
      printBody(body, owner, layout, out)
    })
    out.line('}')
  }
  switch (s.kind) {
    case 'let': {
      const keyword = s.mutable ? 'let' : 'const'
      out.line(`${keyword} ${asName(s.name)}: ${asType(s.type)} = ${as(s.value)}`)
      return
    }
    case 'array':
      out.line(`const ${asName(s.name)}: usize = ${layout.arrays.get(`${owner}/${s.name}`) ?? 0}`)
      return
    case 'assign':
      out.line(`${asName(s.name)} = ${as(s.value)}`)
      return
    case 'store': {
      const element = isPtr(s.ptr.type) ? s.ptr.type.to : 'u8'
      const type = element === 'bool' ? 'u8' : element
      out.line(`store<${type}>(${asAddress(s.ptr, s.index, layout)}, <${type}>${as(s.value)})`)
      return
    }
    case 'storeWord':
      out.line(`store<i32>(${asAddress(s.ptr, s.index, layout)}, ${as(s.value)})`)
      return
    case 'if':
      block(`if (${as(s.condition)}) `, s.then)
      if (s.else.length > 0) block('else ', s.else)
      return
    case 'for': {
      const init = `let ${asName(s.init.name)}: ${asType(s.init.type)} = ${as(s.init.value)}`
      const update =
        s.update.kind === 'assign' ? `${asName(s.update.name)} = ${as(s.update.value)}` : ''
      block(`for (${init}; ${as(s.condition)}; ${update}) `, s.body)
      return
    }
    case 'while':
      block(`while (${as(s.condition)}) `, s.body)
      return
    case 'unroll':
      throw new Error('unroll() is expanded before emission')
    case 'block':
      block('', s.body)
      return
    case 'break':
    case 'continue':
      out.line(s.kind)
      return
    case 'return':
      out.line(s.value === null ? 'return' : `return ${as(s.value)}`)
      return
    case 'call':
      out.line(as(s.call))
      return
    case 'comment':
      out.line(`// ${s.text}`)
      return
    case 'trace':
      out.line(`$trace(${s.step})`)
      return
    case 'transfer':
      out.line(`$${s.direction}(${s.index}, ${as(s.row)}, ${as(s.ptr)}, ${s.bytes})`)
      return
  }
}
