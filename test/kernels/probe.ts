// Scalar functions of the kernel language, written for a test, as checked JavaScript.

import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { checkedJsOf } from '../../compiler/package/program.ts'
import { loadChecked } from '../../runtime/hosts/checked/load.ts'
import { readSource } from './checked-calls.ts'

export type I32Function = (...args: readonly number[]) => number

/** The functions `names` of `source`, which stands for the kernel file `path` and may import as it could. */
export function loadProbe(
  path: string,
  source: string,
  names: readonly string[],
): ReadonlyMap<string, I32Function> {
  const bag = new DiagnosticBag()
  const read = (file: string): string | undefined => (file === path ? source : readSource(file))
  const program = new KernelProgram(read, bag)
  const symbols = names.map(name => [name, program.entry(path, name)?.name ?? ''] as const)
  const module = program.module('probe')
  if (bag.hasErrors) throw new Error(formatDiagnostics(bag.errors))
  const functions = loadChecked(checkedJsOf(module, read), 'probe')
  return new Map(symbols.map(([name, s]) => [name, functions.get(s) as unknown as I32Function]))
}
