// The importer and the writer on sound models: every operator, real files, and legal oddities.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { graphName } from '../../compiler/graph/name.ts'
import { checkSupported } from '../../compiler/graph/supported.ts'
import { verifyGraph } from '../../compiler/graph/verify.ts'
import { builtinCode, builtinName } from '../../compiler/import/tflite/builtins.ts'
import { FlatbufferReader, Malformed } from '../../compiler/import/tflite/flatbuffer.ts'
import { importTflite } from '../../compiler/import/tflite/graph.ts'
import { everyOperator } from '../graph/every-operator.ts'
import { encode, type RawTable } from './raw.ts'
import {
  changed,
  convTag,
  operator,
  parts,
  quantization,
  small,
  tensor,
  withOperator,
  withTensor,
} from './small-model.ts'

const shared = process.env['THIMBLE_SHARED'] ?? join(import.meta.dirname, '../../../shared')
const models = join(shared, 'models')

/** The graph, given that there is nothing to complain about. */
function imported(bytes: Uint8Array, file = 'small.tflite'): Graph {
  const bag = new DiagnosticBag()
  const graph = importTflite(bytes, file, bag)
  if (graph === null) throw new Error(bag.all.map(d => d.text).join('\n'))
  return graph
}

/** Constants as text, so that a comparison does not depend on where they lie. */
function plain(graph: Graph): unknown {
  return {
    ...graph,
    tensors: graph.tensors.map(tensor => ({
      ...tensor,
      data: tensor.data && Buffer.from(tensor.data).toString('base64'),
    })),
  }
}

t.test('what the writer writes, the importer reads back: every operator', async t => {
  for (const graph of everyOperator()) {
    const bytes = writeTflite(graph)
    t.same(plain(imported(bytes, graph.file)), plain(graph), graph.name)
    t.same(writeTflite(graph), bytes, 'twice the same bytes')
  }
  const kinds = new Set(everyOperator().flatMap(g => g.operators.map(op => op.attributes.kind)))
  t.same([...kinds].sort(), Object.keys(builtinCode).sort(), 'no operator is left out')
})

t.test(
  'constants are written at multiples of 16 bytes, and the file says what wrote it',
  async t => {
    const [graph] = everyOperator()
    const bytes = writeTflite(graph!, { description: 'made in a test' })
    for (const { data } of imported(bytes).tensors) {
      if (data !== null) t.equal((data.byteOffset - bytes.byteOffset) % 16, 0)
    }
    t.match(Buffer.from(bytes).toString('latin1'), 'made in a test')
  },
)

t.test('a convolution that has absorbed a PAD cannot be written', async t => {
  const [graph] = everyOperator()
  const operators = graph!.operators.map(op => {
    if (op.attributes.kind !== 'conv2d') return op
    const extraPad = { top: 1, bottom: 0, left: 0, right: 0 }
    return { ...op, attributes: { ...op.attributes, extraPad } }
  })
  t.throws(() => writeTflite({ ...graph!, operators }), /folded PAD/)
})

/** The models this project is for; the others of the folder compute in float32. */
const int8 =
  /^(ad01_int8|hello_world_int8|kws_ref_model|mcunet-in3|mcunet_vww|vww_96_int8)\.tflite$/

const skip = existsSync(models) ? false : `no models in ${models}; set THIMBLE_SHARED`

t.test('real models are read, written and read again', { skip }, async t => {
  for (const file of readdirSync(models).filter(name => name.endsWith('.tflite'))) {
    const graph = imported(readFileSync(join(models, file)), file)
    const bag = new DiagnosticBag()
    t.ok(verifyGraph(graph, bag), `${file} holds together`)
    t.equal(checkSupported(graph, bag), int8.test(file), `${file} is supported if it is int8`)
    const codes = bag.all.map(d => d.code)
    t.same(codes, int8.test(file) ? [] : ['TH3001'], 'a float model gets one diagnostic')
    t.same(plain(imported(writeTflite(graph), file)), plain(graph), `${file} survives the writer`)
  }
})

/** Builtin code and version of every operator code in a file. */
function codesOf(bytes: Uint8Array): string[] {
  const reader = new FlatbufferReader(bytes)
  const codes = reader.tables(reader.root(), 1).map(table => {
    if (table instanceof Malformed) throw table
    const code = Math.max(reader.int8(table, 0, 0), reader.int32(table, 3, 0))
    return `${builtinName(code)} version ${reader.int32(table, 2, 1)}`
  })
  return [...new Set(codes)].sort()
}

t.test('operators get the versions the TFLite converter gives them', { skip }, async t => {
  for (const file of readdirSync(models).filter(name => int8.test(name))) {
    const original = readFileSync(join(models, file))
    // A converter may list codes that no operator is of any more.
    const listed = codesOf(original)
    const ours = codesOf(writeTflite(imported(original, file)))
    t.same(
      ours.filter(code => !listed.includes(code)),
      [],
      file,
    )
    t.ok(ours.length > 0)
  }
})

t.test('tensors that nothing uses are left out, and indices of the file are kept', async t => {
  const root = changed(model => {
    model.tensors.unshift(tensor('unused', [0], { 1: { i8: 5 } }))
    const shifted = (op: RawTable): RawTable => {
      const move = (raw: unknown) => (raw as { i32s: number[] }).i32s.map(i => i + 1)
      return { ...op, 1: { i32s: move(op[1]) }, 2: { i32s: move(op[2]) } }
    }
    model.operators = model.operators.map(shifted)
    model.inputs = [1]
    model.outputs = [5]
  })
  const graph = imported(encode(root))
  t.same(
    graph.tensors.map(({ id, sourceIndex, name }) => [id, sourceIndex, name]),
    [
      [0, 1, 'x'],
      [1, 2, 'weights'],
      [2, 3, 'bias'],
      [3, 4, 'conv'],
      [4, 5, 'sum'],
    ],
  )
  t.same([graph.inputs, graph.outputs], [[0], [4]])
})

t.test('an output may be read again, be an input too, or be listed twice', async t => {
  const graph = imported(encode(changed(model => (model.outputs = [3, 0, 4, 3]))))
  t.same(graph.outputs, [3, 0, 4, 3])
})

t.test('operators whose results nobody reads stay', async t => {
  const graph = imported(encode(changed(model => (model.outputs = [3]))))
  t.same(
    graph.operators.map(op => op.attributes.kind),
    ['conv2d', 'add'],
  )
})

t.test('an open batch is taken at the size the file states', async t => {
  const graph = imported(encode(withTensor(0, { 7: { i32s: [-1, 4, 4, 2] } })))
  t.same(graph.tensors[0]?.shape, [1, 4, 4, 2])
})

t.test('old files have the operator code in one byte, new ones in four', async t => {
  const wide = changed(model => (model.codes[0] = { 0: { i8: 127 }, 3: { i32: 3 } }))
  const bag = new DiagnosticBag()
  t.equal(importTflite(encode(wide), 'small.tflite', bag), null)
  t.match(bag.all[0]?.text, 'PLACEHOLDER_FOR_GREATER_OP_CODES', 'the larger of the two counts')
  const onlyWide = changed(model => (model.codes[0] = { 3: { i32: 3 } }))
  t.equal(imported(encode(onlyWide)).operators[0]?.attributes.kind, 'conv2d')
})

t.test('missing options have the defaults of the schema', async t => {
  const graph = imported(encode(withOperator(1, operator(1, [3, 3], [4]))))
  t.same(graph.operators[1]?.attributes, { kind: 'add', activation: 'none' })
  const conv = imported(encode(small(parts()))).operators[0]?.attributes
  t.match(conv, { padding: 'valid', dilationH: 1, dilationW: 1, activation: 'none' })
})

t.test('a negative axis of CONCATENATION becomes a positive one', async t => {
  const root = changed(model => {
    model.codes.push({ 0: { i8: 2 } })
    model.operators[1] = operator(2, [3, 3], [4], 10, { 0: { i32: -1 } })
    model.tensors[4] = tensor('joined', [1, 4, 4, 6])
  })
  t.match(imported(encode(root)).operators[1]?.attributes, { kind: 'concatenation', axis: 3 })
})

t.test('a grouped convolution is read with as many groups as the shapes say', async t => {
  const root = changed(model => {
    model.tensors[0] = tensor('x', [1, 4, 4, 6])
    const scales = quantization([0.1, 0.2, 0.3], [0, 0, 0])
    model.tensors[1] = tensor('weights', [3, 1, 1, 2], { 2: { i32: 1 }, 4: scales })
  })
  const graph = imported(encode(root))
  t.same(graph.tensors[1]?.shape, [3, 1, 1, 2])
  t.ok(checkSupported(graph, new DiagnosticBag()))
})

t.test('a depth multiplier that is left out follows from the shapes', async t => {
  const root = changed(model => {
    model.codes[0] = { 0: { i8: 4 } }
    model.tensors[1] = tensor('weights', [1, 1, 1, 6], { 2: { i32: 1 } })
    model.tensors[3] = tensor('conv', [1, 4, 4, 6])
    model.tensors[4] = tensor('sum', [1, 4, 4, 6])
    model.operators[0] = operator(0, [0, 1], [3], 2, { 1: { i32: 1 }, 2: { i32: 1 } })
  })
  t.match(imported(encode(root)).operators[0]?.attributes, { depthMultiplier: 3 })
})

t.test('one zero point serves all scales, and steps of constants may be negative', async t => {
  const graph = imported(encode(withTensor(1, { 4: quantization([0.1, -0.2, 0.3], [0]) })))
  const { scale, zeroPoint } = graph.tensors[1]!.quantization!
  t.same(scale, [0.1, -0.2, 0.3].map(Math.fround))
  t.same(zeroPoint, [0, 0, 0])
})

t.test('a bias may be absent, as -1 or by a shorter list', async t => {
  for (const inputs of [
    [0, 1],
    [0, 1, -1],
  ]) {
    const conv = operator(0, inputs, [3], convTag, { 0: { i8: 1 }, 1: { i32: 1 }, 2: { i32: 1 } })
    t.same(imported(encode(withOperator(0, conv))).operators[0]?.inputs, inputs)
  }
})

t.test('a model of inputs alone is a graph', async t => {
  const b = new GraphBuilder('empty')
  b.output(b.input([1, 2], { scale: 1 }))
  t.same(plain(imported(writeTflite(b.graph()), 'empty.tflite')), plain(b.graph()))
})

t.test('builtin operators have the names of the schema', async t => {
  t.equal(builtinName(0), 'ADD')
  t.equal(builtinName(97), 'RESIZE_NEAREST_NEIGHBOR')
  t.equal(builtinName(126), 'BATCH_MATMUL')
  t.equal(builtinName(161), 'RIGHT_SHIFT')
  t.equal(builtinName(209), 'STABLEHLO_CASE')
  t.equal(builtinName(210), 'BUILTIN_210')
})

t.test('file names become C identifiers', async t => {
  const names: readonly (readonly [string, string])[] = [
    ['mcunet-in3.tflite', 'mcunet_in3'],
    ['models/KWS ref.v2.tflite', 'kws_ref_v2'],
    ['C:\\models\\a.tflite', 'a'],
    ['123.tflite', 'model_123'],
    ['int.tflite', 'model_int'],
    ['class.tflite', 'model_class'],
    ['größe.tflite', 'gr_e'],
    ['--.tflite', 'model'],
    ['', 'model'],
    ['.tflite', 'tflite'],
    ['plain', 'plain'],
    [`${'x'.repeat(300)}.tflite`, 'x'.repeat(48)],
  ]
  for (const [file, name] of names) t.equal(graphName(file), name, file)
})
