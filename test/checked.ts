// Compiles kernel text of a test to checked JavaScript and loads it.

import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../compiler/diagnostics/format.ts'
import { emitCheckedJs } from '../compiler/emit/js/checked.ts'
import { KernelProgram } from '../compiler/frontend/program.ts'
import type { ScalarType } from '../compiler/kir/node.ts'
import { Specializer } from '../compiler/kir/passes/specialize.ts'
import { loadChecked, type CheckedFunction } from '../runtime/hosts/checked/load.ts'
import { claim, Memory, viewOf, widthOf, type View } from '../runtime/hosts/checked/memory.ts'
import { lineReader, sourcesWith } from './sources.ts'

export const kernelPath = 'test/lesson/lesson.kernel.ts'

/** Everything a kernel of a test may want to import. */
export const languageImport =
  "import { f32, i16, i32, i64, i8, idiv, irem, localArray, satI8, truncI32, u16, u32, u64, u8, unroll, wrapAdd, wrapI8, wrapMul, wrapShl, wrapSub, wrapU32, type ConstPtr, type Ptr, type Static, type bool } from '../../runtime/lang/types.ts'\n"

/** Function `name` of kernel text as checked JavaScript; `script` names the script for debuggers. */
export function checkedFunction(
  text: string,
  name: string,
  statics: Readonly<Record<string, number>> = {},
  script = 'lesson',
): CheckedFunction {
  const read = sourcesWith({ [kernelPath]: text })
  const bag = new DiagnosticBag()
  const program = new KernelProgram(read, bag)
  const entry = program.entry(kernelPath, name)
  const module = program.module('lesson')
  const specializer = new Specializer(module, bag, lineReader(read))
  const symbol = bag.hasErrors ? null : specializer.instance(entry?.name ?? '', statics)
  if (bag.hasErrors || symbol === null) throw new Error(formatDiagnostics(bag.all))
  const instances = { ...module, functions: specializer.functions }
  const emitted = emitCheckedJs(instances, `${script}.checked.js`, read)
  const f = loadChecked({ ...emitted, data: [] }, script).get(symbol)
  if (f === undefined) throw new Error(`no function ${symbol}`)
  return f
}

/** A view of new memory that holds `values` of owner 1. */
export function buffer(type: Exclude<ScalarType, 'i64' | 'u64'>, values: readonly number[]): View {
  const bytes = values.length * widthOf(type)
  const memory = new Memory(bytes, true)
  const array = type === 'u8' || type === 'bool' ? memory.bytes : memory[type]
  values.forEach((value, i) => {
    array[i] = value
  })
  claim(memory, 0, bytes, 1)
  return viewOf(memory, bytes, 1, type)
}
