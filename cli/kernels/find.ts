// Finds the kernel variants a user names: `conv2d` or `conv2d/reference`.

import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { nowhere } from '../../compiler/diagnostics/location.ts'
import type { OpDefinition } from '../../kernels/op.ts'
import { operators } from '../../kernels/registry.ts'

export type Variant = OpDefinition['variants'][number]

export interface FoundKernel {
  readonly definition: OpDefinition
  /** Those asked for, best first. */
  readonly variants: readonly Variant[]
  /** What all variants must equal. */
  readonly reference: Variant
}

const definitions = Object.values(operators) as readonly OpDefinition[]

/** By our name of the operator or TFLite's (CONV_2D). Null after TH6301. */
export function findKernel(name: string, bag: DiagnosticBag): FoundKernel | null {
  const [kind, variantName] = name.split('/')
  const definition = definitions.find(
    each => each.kind === kind || each.tflite.includes(kind ?? ''),
  )
  const reference = definition?.variants.at(-1)
  const variants = (definition?.variants ?? []).filter(
    variant => variantName === undefined || variant.name === variantName,
  )
  if (definition !== undefined && reference !== undefined && variants.length > 0) {
    return { definition, variants, reference }
  }
  const known = definitions.flatMap(each => each.variants.map(v => `${each.kind}/${v.name}`))
  bag.add('TH6301', nowhere, { name, known: known.join(', ') })
  return null
}
