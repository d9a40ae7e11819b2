// Sets a profiled model of ours beside its peers: reads what the comparison needs to know of it.

import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { countGraph } from '../../compiler/graph/counts.ts'
import { importModel } from '../../compiler/index.ts'
import type { Program } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { measurePackage } from '../../runtime/hosts/measure.ts'
import type { BoardCycles } from '../../runtime/profile/board-cycles.ts'
import { readInputFile } from '../files/read.ts'
import { comparison, type Comparison, type ModelKey } from './compare.ts'
import type { Profiled } from './profile.ts'
import type { BenchResult } from './result.ts'

export interface ComparedModel {
  readonly file: string
  readonly io: ModelKey['io']
  readonly compiled: Profiled
  readonly program: Program
  readonly result: BenchResult
  readonly boards: readonly BoardCycles[]
}

/**
 * MACs are those of the file for all systems: what our compiler takes out of it is to its credit, not to
 * the others' debit. Null after diagnostics. Throws HostError of
 * `measurePackage`.
 */
export async function compareModel(
  { file, io, compiled, program, result, boards }: ComparedModel,
  bag: DiagnosticBag,
): Promise<Comparison | null> {
  const bytes = readInputFile(file, 'the model', bag)
  const graph = bytes === null ? null : importModel(bytes, basename(file), bag)
  if (bytes === null || graph === null) return null
  const { macs } = countGraph(graph)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { weights, constants } = compiled.report.flash
  const measured = await measurePackage(program, result.core, { compiler: result.compiler })
  const flashBytes = isMissing(measured) ? null : weights + constants + measured.codeBytes
  const { core, instructions, coreCycles, sramBytes } = result
  const own = { core, macs, instructions, coreCycles, sramBytes, flashBytes, boards }
  return comparison(own, { sha256, io })
}
