// Quantises the checkpoint and writes the model and its sample clips: npx tsx zoo/spoken-digits/export.ts
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { macs } from './architecture.ts'
import { here, makeBundle, modelDescription, modelFile } from './bundle.ts'
import { readTest } from './data.ts'
import { writeGolden } from './golden.ts'

const { values: flags } = parseArgs({
  options: {
    checkpoint: { type: 'string', default: here },
    out: { type: 'string', default: here },
  },
})

/** Bytes of the constant tensors of one type. */
function constantBytes(graph: Graph, dtype: 'int8' | 'int32'): number {
  const sizes = graph.tensors.filter(t => t.dtype === dtype).map(t => t.data?.length ?? 0)
  return sizes.reduce((a, b) => a + b, 0)
}

const { graph, ranges } = makeBundle(flags.checkpoint)
const bytes = writeTflite(graph, { description: modelDescription })
writeFileSync(join(flags.out, modelFile), bytes)
writeGolden(join(flags.out, 'clips'), graph, bytes, readTest())
console.log(`${modelFile}: ${bytes.length} bytes, ${macs()} MACs`)
console.log(`weights ${constantBytes(graph, 'int8')} bytes, other ${constantBytes(graph, 'int32')}`)
console.log(`calibrated on ${ranges.clips} clips`)
