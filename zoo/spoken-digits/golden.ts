// Writes the sample clips and their expected tensors: clips/ in the layout of the stored goldens.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { dtypeBytes, elementCount, tensorOf, type Graph } from '../../compiler/graph/graph.ts'
import { evaluate } from '../oracle/evaluate.ts'
import { classCount } from './architecture.ts'
import { clip, clipBytes, speakerNames, type Clips } from './data.ts'

interface Sample {
  readonly digit: number
  readonly speaker: string
  readonly take: number
  readonly features: Int8Array
}

/** One clip of each digit from the test part, takes and speakers in turn; chosen by rule. */
export function sampleClips(test: Clips): readonly Sample[] {
  return Array.from({ length: classCount }, (_, digit) => {
    const take = digit % 5
    const speaker = digit % speakerNames.length
    // The files are sorted by take, speaker, digit.
    const index = (take * speakerNames.length + speaker) * classCount + digit
    if (test.labels[index] !== digit || test.speakers[index] !== speaker) {
      throw new Error(`clip ${index} of the test part is not digit ${digit} of speaker ${speaker}`)
    }
    return { digit, take, speaker: speakerNames[speaker]!, features: clip(test, index) }
  })
}

function describeTensor(graph: Graph, id: number): object {
  const { sourceIndex, name, shape, dtype, quantization } = tensorOf(graph, id)
  return {
    index: sourceIndex,
    name,
    shape,
    dtype: dtype.toUpperCase(),
    bytes: elementCount(shape) * dtypeBytes(dtype),
    scale: quantization?.scale[0],
    zero_point: quantization?.zeroPoint[0],
  }
}

const asBytes = (values: Int8Array | Int32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** CRC-32 of every computed tensor for every case, as `layer_crc.json` holds it. */
function layerChecksums(graph: Graph, runs: readonly ReturnType<typeof evaluate>[]): object {
  const computed = graph.tensors.filter(t => t.data === null)
  return {
    crc32: computed.map(tensor => ({
      subgraph: 0,
      index: tensor.sourceIndex,
      cases: runs.map(values =>
        crc32(asBytes(values.get(tensor.id)!.elements))
          .toString(16)
          .padStart(8, '0'),
      ),
    })),
  }
}

function manifest(graph: Graph, model: Uint8Array, samples: readonly Sample[]): object {
  const slot = (file: string, n: number, bytes: number): object[] => [
    { file, offset: n * bytes, bytes },
  ]
  return {
    model: graph.file,
    sha256: createHash('sha256').update(model).digest('hex'),
    model_bytes: model.length,
    runtime: {
      name: 'zoo/oracle: separate evaluator, checked against TensorFlow Lite Micro tensors',
      rounding: 'double (TFLITE_SINGLE_ROUNDING not defined)',
    },
    stateful: false,
    inputs: graph.inputs.map(id => describeTensor(graph, id)),
    outputs: graph.outputs.map(id => describeTensor(graph, id)),
    cases: samples.map((sample, n) => ({
      id: `digit${sample.digit}_${sample.speaker}_${sample.take}`,
      kind: 'recording',
      inputs: slot('inputs.bin', n, clipBytes),
      outputs: slot('outputs.bin', n, classCount),
    })),
    layers: { crc: 'layer_crc.json' },
  }
}

/** Writes manifest.json, inputs.bin, outputs.bin, layer_crc.json and labels.json into `folder`. */
export function writeGolden(folder: string, graph: Graph, model: Uint8Array, test: Clips): void {
  const samples = sampleClips(test)
  const runs = samples.map(s => evaluate(graph, [asBytes(s.features)]))
  const output = graph.outputs[0]!
  const json = (value: object): string => JSON.stringify(value, null, 1) + '\n'
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'manifest.json'), json(manifest(graph, model, samples)))
  writeFileSync(join(folder, 'inputs.bin'), Buffer.concat(samples.map(s => asBytes(s.features))))
  const outputs = runs.map(values => asBytes(values.get(output)!.elements))
  writeFileSync(join(folder, 'outputs.bin'), Buffer.concat(outputs))
  writeFileSync(join(folder, 'layer_crc.json'), json(layerChecksums(graph, runs)))
  const labels = samples.map(({ digit, speaker, take }) => ({ label: digit, speaker, take }))
  writeFileSync(join(folder, 'labels.json'), json(labels))
}
