// Makes what is to be measured: a compiled model, or cases of one operator as a program.

import { existsSync } from 'node:fs'
import { coreOf } from '../../boards/index.ts'
import type { Board } from '../../boards/schema.ts'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { nowhere } from '../../compiler/diagnostics/location.ts'
import type { OpCase } from '../../kernels/op.ts'
import type { Program } from '../../runtime/hosts/host.ts'
import { caseGraph } from '../kernels/case-graph.ts'
import { findKernel, type Variant } from '../kernels/find.ts'
import { buildModel, loadModel } from '../model.ts'
import type { ModelForm } from '../options.ts'
import { UsageError } from '../parse.ts'
import type { Profiled } from './profile.ts'
import type { Subject } from './result.ts'
import { shapeCases } from './shape.ts'

export interface Bench {
  readonly subject: Subject
  readonly compiled: Profiled
  readonly program: Program
}

/** `conv2d` or `conv2d/reference`, and no file of that name. */
export function isKernelName(name: string): boolean {
  return /^[A-Za-z0-9_]+(\/[a-z0-9_-]+)?$/.test(name) && !existsSync(name)
}

/** Null after diagnostics. */
export function modelBench(
  path: string,
  board: Board,
  boardName: string,
  form: ModelForm,
  bag: DiagnosticBag,
): Bench | null {
  const loaded = loadModel(path, bag)
  const built = loaded === null ? null : buildModel(loaded.graph, boardName, false, bag, form)
  if (built === null) return null
  const { compiled, program } = built
  const subject = { kind: 'model', subject: loaded?.graph.file ?? path, board: board.name } as const
  return { subject, compiled, program }
}

export interface CaseChoice {
  /** In the notation of `shape.ts`. */
  readonly shape: string | undefined
  /** Name of a test case of the operator. */
  readonly case: string | undefined
}

/**
 * One operator per case, each computed by the first variant that takes it, or by the one that is named.
 * All test cases of the operator unless some are chosen. Null after diagnostics; throws UsageError.
 */
export function kernelBench(
  name: string,
  board: Board,
  choice: CaseChoice,
  bag: DiagnosticBag,
): Bench | null {
  const found = findKernel(name, bag)
  if (found === null) return null
  const { kind, cases: all } = found.definition
  const cases = chosenCases(kind, all, choice)
  const { features, dualIssue = false } = coreOf(board)
  const usable = found.variants.filter(v => features.includes(v.requires) && v.accumulates !== true)
  const refused = cases.find(each => !usable.some(variant => variant.when(each.context)))
  const someChosen = choice.shape !== undefined || choice.case !== undefined
  if (refused !== undefined && (someChosen || usable.length === 0)) {
    bag.add('TH6302', nowhere, { name, case: refused.name, board: board.name })
    return null
  }
  const taken = cases.filter(each => usable.some(variant => variant.when(each.context)))
  const graph = caseGraph(`kernel_${kind}`, taken, firstOf(usable), bag, { dualIssue })
  if (graph === null) return null
  const subject = { kind: 'kernel', subject: name, board: board.name } as const
  return { subject, compiled: graph.compiled, program: graph.program }
}

function chosenCases(
  kind: string,
  all: readonly OpCase[],
  { shape, case: name }: CaseChoice,
): readonly OpCase[] {
  if (shape !== undefined) {
    const made = shapeCases(kind, shape)
    if (typeof made === 'string') throw new UsageError(made, 'bench')
    return made
  }
  if (name === undefined) return all
  const chosen = all.filter(each => each.name === name)
  if (chosen.length > 0) return chosen
  const known = all.map(each => `'${each.name}'`).join(', ')
  throw new UsageError(`${kind} has no case '${name}'; its cases: ${known}`, 'bench')
}

/** The same variants, each for what none before it takes. */
function firstOf(variants: readonly Variant[]): readonly Variant[] {
  return variants.map((variant, i) => ({
    ...variant,
    when: context =>
      variant.when(context) && !variants.slice(0, i).some(earlier => earlier.when(context)),
  }))
}
