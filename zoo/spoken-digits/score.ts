// Counts right answers of the network in float and in exact int8, and lists the wrong ones.
import type { Graph } from '../../compiler/graph/graph.ts'
import { evaluate } from '../oracle/evaluate.ts'
import { clip, speakerNames, type Clips } from './data.ts'
import { argmax, forward, type FloatModel } from './float-model.ts'

export interface Mistake {
  readonly speaker: string
  readonly digit: number
  readonly heard: number
}

export interface Score {
  /** Class of each clip. */
  readonly heard: readonly number[]
  readonly accuracy: number
  readonly mistakes: readonly Mistake[]
}

function score(clips: Clips, classify: (features: Int8Array) => number): Score {
  const heard = Array.from({ length: clips.count }, (_, i) => classify(clip(clips, i)))
  const mistakes = heard.flatMap((answer, i) => {
    const digit = clips.labels[i]!
    const speaker = speakerNames[clips.speakers[i]!]!
    return answer === digit ? [] : [{ speaker, digit, heard: answer }]
  })
  return { heard, accuracy: 1 - mistakes.length / clips.count, mistakes }
}

export function scoreFloat(model: FloatModel, clips: Clips): Score {
  return score(clips, features => argmax(forward(model, features).logits))
}

/** By the exact int8 arithmetic of TFLite with double rounding. */
export function scoreInt8(graph: Graph, clips: Clips): Score {
  return score(clips, features => {
    const values = evaluate(graph, [Uint8Array.from(features)])
    return argmax(values.get(graph.outputs[0]!)!.elements)
  })
}
