// Accuracy in float and in exact int8: npx tsx zoo/spoken-digits/evaluate.ts [--part test] [--json]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { evaluate } from '../oracle/evaluate.ts'
import { here, makeBundle, modelDescription, modelFile } from './bundle.ts'
import { clip, readTest, readTraining, speakerNames, type Clips } from './data.ts'
import { argmax, forward } from './float-model.ts'

const { values: flags } = parseArgs({
  options: {
    part: { type: 'string', default: 'validation' },
    folder: { type: 'string', default: here },
    json: { type: 'boolean', default: false },
  },
})

interface Mistake {
  readonly speaker: string
  readonly digit: number
  readonly heard: number
}

interface Score {
  readonly accuracy: number
  readonly mistakes: readonly Mistake[]
}

function score(clips: Clips, heard: readonly number[]): Score {
  const mistakes = heard.flatMap((answer, i) => {
    const digit = clips.labels[i]!
    const speaker = speakerNames[clips.speakers[i]!]!
    return answer === digit ? [] : [{ speaker, digit, heard: answer }]
  })
  return { accuracy: 1 - mistakes.length / clips.count, mistakes }
}

/** Class of one clip by the exact int8 arithmetic of TFLite with double rounding. */
function int8Class(graph: Graph, features: Int8Array): number {
  const values = evaluate(graph, [Uint8Array.from(features)])
  return argmax(values.get(graph.outputs[0]!)!.elements)
}

function describe(name: string, { accuracy, mistakes }: Score): string {
  const list = mistakes.map(m => `${m.digit} by ${m.speaker} heard as ${m.heard}`)
  return [`${name}: ${(100 * accuracy).toFixed(2)} %`, ...list].join('\n  ')
}

const { model, graph } = makeBundle(flags.folder)
const written = readFileSync(join(flags.folder, modelFile))
if (!written.equals(writeTflite(graph, { description: modelDescription }))) {
  throw new Error(`${modelFile} is not what its checkpoint gives; run export.ts`)
}
const clips = flags.part === 'test' ? readTest() : readTraining().validation
const indices = Array.from({ length: clips.count }, (_, i) => i)
const float = indices.map(i => argmax(forward(model, clip(clips, i)).logits))
const int8 = indices.map(i => int8Class(graph, clip(clips, i)))
const agreement = indices.filter(i => float[i] === int8[i]).length / clips.count
const result = { part: flags.part, clips: clips.count, agreement }
const [floatScore, int8Score] = [score(clips, float), score(clips, int8)]
if (flags.json) {
  console.log(JSON.stringify({ ...result, float: floatScore, int8: int8Score }, null, 1))
} else {
  console.log(
    `${flags.part}: ${clips.count} clips, classes agree on ${(100 * agreement).toFixed(2)} %`,
  )
  console.log(describe('float', floatScore))
  console.log(describe('int8', int8Score))
}
