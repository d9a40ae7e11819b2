// Accuracy in float and in exact int8: npx tsx zoo/spoken-digits/evaluate.ts [--part test] [--json]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { here, makeBundle, modelDescription, modelFile } from './bundle.ts'
import { readTest, readTraining } from './data.ts'
import { scoreFloat, scoreInt8, type Score } from './score.ts'

const { values: flags } = parseArgs({
  options: {
    part: { type: 'string', default: 'validation' },
    folder: { type: 'string', default: here },
    json: { type: 'boolean', default: false },
  },
})

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`

function describe(name: string, { accuracy, mistakes }: Score): string {
  const list = mistakes.map(m => `${m.digit} by ${m.speaker} heard as ${m.heard}`)
  return [`${name}: ${percent(accuracy)}`, ...list].join('\n  ')
}

const { model, graph } = makeBundle(flags.folder)
const written = readFileSync(join(flags.folder, modelFile))
if (!written.equals(writeTflite(graph, { description: modelDescription }))) {
  throw new Error(`${modelFile} is not what its checkpoint gives; run export.ts`)
}
const clips = flags.part === 'test' ? readTest() : readTraining().validation
const float = scoreFloat(model, clips)
const int8 = scoreInt8(graph, clips)
const agreement = float.heard.filter((answer, i) => answer === int8.heard[i]).length / clips.count
if (flags.json) {
  console.log(JSON.stringify({ part: flags.part, clips: clips.count, agreement, float, int8 }))
} else {
  console.log(`${flags.part}: ${clips.count} clips, classes agree on ${percent(agreement)}`)
  console.log(describe('float', float))
  console.log(describe('int8', int8))
}
