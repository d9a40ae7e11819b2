// Draws the samples: cases of the families, each for the kernels of a core that can compute it.

import type { Core } from '../../boards/schema.ts'
import type { OpCase, OpDefinition } from '../../kernels/op.ts'
import { opDefinition } from '../../kernels/registry.ts'
import type { Variant } from '../kernels/find.ts'
import { families } from './families.ts'
import { Choices, type Family } from './space.ts'

export interface PlannedSample {
  readonly case: OpCase
  readonly variant: Variant
  /** Output rows per call; Infinity: all in one. */
  readonly band: number
}

/** `count` cases per family of weight 1. */
export function drawSamples(core: Core, count: number, seed: number): readonly PlannedSample[] {
  return families.flatMap((family, index) => {
    const choose = new Choices(seed * 1000 + index)
    return Array.from({ length: Math.round(count * family.weight) }, (_, i) => {
      const made = family.make(choose, `${family.kind} ${index}.${i}`)
      return variantsFor(family, made, core).map(variant => ({
        case: made,
        variant,
        band: choose.of([Infinity, Infinity, 1, 1, 2, 4]),
      }))
    }).flat()
  })
}

/**
 * Those of the best instruction set that has any, with and without accumulators: on a core with packed
 * arithmetic nobody calls the others.
 */
function variantsFor({ kind, variants: names }: Family, { context }: OpCase, core: Core) {
  const definition: OpDefinition = opDefinition(kind)
  const legal = definition.variants.filter(
    variant =>
      core.features.includes(variant.requires) &&
      (names?.includes(variant.name) ?? true) &&
      variant.when(context),
  )
  return [false, true].flatMap((accumulates): readonly Variant[] => {
    const own = legal.filter(variant => (variant.accumulates ?? false) === accumulates)
    const best = own.filter(({ requires }) => requires === own[0]?.requires)
    const tuned = best.filter(({ name }) => name !== 'reference')
    return tuned.length > 0 ? tuned : best
  })
}
