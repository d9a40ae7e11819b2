// `thimble kernel emit`: what a kernel becomes in C, AssemblyScript, checked JavaScript or kernel IR.

import { emitAssemblyScript } from '../../compiler/emit/wasm/assemblyscript.ts'
import { emitCheckedJs } from '../../compiler/emit/js/checked.ts'
import type { Module } from '../../compiler/kir/node.ts'
import { prune } from '../../compiler/kir/passes/prune.ts'
import { printModule } from '../../compiler/kir/print.ts'
import { kernelsSource, splitModule } from '../../compiler/package/c-files.ts'
import { command } from '../command.ts'
import { caseGraph, type CaseGraph } from '../kernels/case-graph.ts'
import { findKernel } from '../kernels/find.ts'
import { readSource } from '../sources.ts'

const targets = ['c', 'as', 'js', 'kir'] as const

type Target = (typeof targets)[number]

export const kernelEmitCommand = command({
  name: 'kernel emit',
  description: 'prints what a kernel becomes; Static parameters have the values of its first case',
  examples: [
    'thimble kernel emit conv2d --target c',
    'thimble kernel emit softmax/reference --target kir',
  ],
  args: {
    name: {
      type: 'positional',
      description: 'a variant, or an operator for its reference: conv2d/reference, conv2d',
      required: true,
    },
    target: {
      type: 'enum',
      description: 'C, AssemblyScript, checked JavaScript or kernel IR',
      options: [...targets],
      required: true,
    },
  },
  run: ({ name, target }, bag) => {
    const found = findKernel(name, bag)
    if (found === null) return null
    const variant = name.includes('/') ? found.variants[0]! : found.reference
    const { kind } = found.definition
    const cases = found.definition.cases.filter(({ context }) => variant.when(context)).slice(0, 1)
    const graph = caseGraph(`kernel_${kind}`, cases, [variant], bag)
    if (graph === null) return null
    const chosen = targets.find(each => each === target) ?? 'c'
    const text = emit(graph, chosen)
    const json = { kernel: `${kind}/${variant.name}`, case: cases[0]?.name ?? null, target, text }
    return { json, text, exitCode: 0 }
  },
})

function emit({ module: { module, entry } }: CaseGraph, target: Target): string {
  if (target === 'c') return kernelsSource(splitModule(module, entry))
  const kernels = kernelsOf(module, entry)
  switch (target) {
    case 'as':
      return emitAssemblyScript(kernels, new Set(kernels.functions.map(f => f.name))).source
    case 'js':
      return emitCheckedJs(kernels, `${kernels.name}.checked.js`, readSource).code
    case 'kir':
      return printModule(kernels)
  }
}

/** The module without the function that calls the kernels and without its constants. */
function kernelsOf(module: Module, entry: string): Module {
  const parts = splitModule(module, entry)
  return prune(
    { ...module, data: [] },
    parts.kernels.map(f => f.name),
  )
}
