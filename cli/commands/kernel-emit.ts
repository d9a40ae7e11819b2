// `thimble kernel emit`: what a kernel becomes in C, AssemblyScript, checked JavaScript or kernel IR.

import { cores } from '../../boards/index.ts'
import type { Core } from '../../boards/schema.ts'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { emitAssemblyScript } from '../../compiler/emit/wasm/assemblyscript.ts'
import { emitCheckedJs } from '../../compiler/emit/js/checked.ts'
import type { Module } from '../../compiler/kir/node.ts'
import { prune } from '../../compiler/kir/passes/prune.ts'
import { printModule } from '../../compiler/kir/print.ts'
import { kernelsSource, splitKernels, splitModule } from '../../compiler/package/c-files.ts'
import type { ReadSource } from '../../compiler/sources.ts'
import { command, type Result } from '../command.ts'
import { caseGraph } from '../kernels/case-graph.ts'
import { findKernel, type FoundKernel, type Variant } from '../kernels/find.ts'
import { compileKernelFile, isKernelFile } from '../kernels/from-file.ts'
import { UsageError } from '../parse.ts'
import { readSource } from '../sources.ts'

const targets = ['c', 'as', 'js', 'kir'] as const

type Target = (typeof targets)[number]

export const kernelEmitCommand = command({
  name: 'kernel emit',
  description: 'prints what a kernel becomes, or what is wrong with it',
  examples: [
    'thimble kernel emit conv2d --target c',
    'thimble kernel emit softmax/reference --target kir',
    'thimble kernel emit conv2d --target c --core cortex-m7',
    'thimble kernel emit my/scale.kernel.ts --target c',
    'thimble kernel emit my/fir.kernel.ts --target js --statics taps=8,stride=1',
  ],
  args: {
    name: {
      type: 'positional',
      description:
        'a variant (conv2d/reference), an operator for its reference or the best variant of --core, or a kernel file',
      required: true,
    },
    target: {
      type: 'enum',
      description: 'C, AssemblyScript, checked JavaScript or kernel IR',
      options: [...targets],
      required: true,
    },
    core: {
      type: 'enum',
      description: 'core whose variants and order of statements are taken; none unless given',
      options: [...cores.keys()],
    },
    statics: {
      type: 'string',
      description:
        'values of Static parameters of a file; operators have those of their first case',
      valueHint: 'name=value,...',
    },
  },
  run: ({ name, target, core, statics }, bag) => {
    const chosen = targets.find(each => each === target) ?? 'c'
    const known = core === undefined ? null : (cores.get(core) ?? null)
    if (!isKernelFile(name)) return emitOperator(name, chosen, known, bag)
    return emitFile(name, chosen, known, readStatics(statics ?? ''), bag)
  },
})

function emitOperator(name: string, target: Target, core: Core | null, bag: DiagnosticBag): Result {
  const found = findKernel(name, bag)
  if (found === null) return null
  const variant = variantOf(name, found, core)
  const { kind } = found.definition
  const cases = found.definition.cases.filter(({ context }) => variant.when(context)).slice(0, 1)
  const dualIssue = core?.dualIssue === true
  const graph = caseGraph(`kernel_${kind}`, cases, [variant], bag, { dualIssue })
  if (graph === null) return null
  const { module, entry } = graph.module
  const kernels = new Set(splitModule(module, entry).kernels.map(f => f.name))
  const text = emit(prune({ ...module, data: [] }, [...kernels]), kernels, target, readSource)
  const json = { kernel: `${kind}/${variant.name}`, case: cases[0]?.name ?? null, target, text }
  return { json, text, exitCode: 0 }
}

/** Throws UsageError for a variant that the core cannot run. */
function variantOf(name: string, found: FoundKernel, core: Core | null): Variant {
  const { variants, reference, definition } = found
  const [named] = name.includes('/') ? variants : []
  if (core === null) return named ?? reference
  const runs = ({ requires }: Variant): boolean => core.features.includes(requires)
  if (named !== undefined && !runs(named)) {
    const lacks = `${core.name} cannot run ${name}: it has no ${named.requires} instructions`
    throw new UsageError(lacks, 'kernel emit')
  }
  const takes = ({ when, accumulates }: Variant): boolean =>
    accumulates !== true && definition.cases.some(each => when(each.context))
  return named ?? variants.find(variant => runs(variant) && takes(variant)) ?? reference
}

function emitFile(
  file: string,
  target: Target,
  core: Core | null,
  statics: Readonly<Record<string, number>>,
  bag: DiagnosticBag,
): Result {
  const compiled = compileKernelFile(file, statics, bag, core?.dualIssue === true)
  if (compiled === null) return null
  const { module, kernels, read } = compiled
  const text = emit(module, kernels, target, read)
  return { json: { kernel: file, statics, target, text }, text, exitCode: 0 }
}

function emit(
  module: Module,
  kernels: ReadonlySet<string>,
  target: Target,
  read: ReadSource,
): string {
  switch (target) {
    case 'c':
      return kernelsSource(splitKernels(module.functions, kernels))
    case 'as':
      return emitAssemblyScript(module, new Set(module.functions.map(f => f.name))).source
    case 'js':
      return emitCheckedJs(module, `${module.name}.checked.js`, read).code
    case 'kir':
      return printModule(module)
  }
}

function readStatics(text: string): Readonly<Record<string, number>> {
  const pairs = text.split(',').filter(part => part !== '')
  return Object.fromEntries(
    pairs.map(pair => {
      const [, name, value] = /^(\w+)=(-?\d+)$/.exec(pair) ?? []
      if (name === undefined || value === undefined) {
        throw new UsageError(`--statics takes name=value,..., not '${pair}'`, 'kernel emit')
      }
      return [name, Number(value)]
    }),
  )
}
