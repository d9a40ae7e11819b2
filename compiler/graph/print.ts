// Writes a graph as text: one line for each input, operator and output, the same for the same graph.

import type { OperatorAttributes } from '../../kernels/attributes.ts'
import { constantValues } from './constants.ts'
import { countOperator } from './counts.ts'
import { elementCount, tensorOf, type Graph, type Tensor, type TensorId } from './graph.ts'
import type { Operator } from './operator.ts'

/** Constants up to this many elements are written out, such as axes, paddings and permutations. */
const shortConstant = 8

/**
 * For example
 *
 *     graph tiny (tiny.tflite)
 *     input %0 input_0: int8[1, 8, 8, 3] scale 0.05 zero 3
 *     0: %3 = conv2d(%0, %1 = int8[4, 3, 3, 3] const ..., %2 = ...) padding same ...
 *         -> int8[1, 4, 4, 4] scale 0.2 zero -128, 1728 macs
 *     output %3
 */
export function printGraph(graph: Graph): string {
  const lines = [`graph ${graph.name} (${graph.file})`]
  for (const id of graph.inputs) {
    const tensor = tensorOf(graph, id)
    lines.push(`input %${id} ${tensor.name}: ${type(tensor)}`)
  }
  for (const operator of graph.operators) lines.push(...printOperator(graph, operator))
  for (const { tensor, source, pads } of graph.folded ?? []) {
    const { top, bottom, left, right } = pads
    lines.push(`folded %${tensor} = %${source} padded ${top} ${bottom} ${left} ${right}`)
  }
  for (const id of graph.outputs) lines.push(`output %${id} ${tensorOf(graph, id).name}`)
  return lines.join('\n') + '\n'
}

function printOperator(graph: Graph, operator: Operator): string[] {
  const { attributes, sourceIndex, inputs, outputs } = operator
  const results = outputs.map(id => `%${id}`).join(', ')
  const operands = inputs.map(id => operand(graph, id)).join(', ')
  const { macs } = countOperator(graph, operator)
  const types = outputs.map(id => type(tensorOf(graph, id))).join(', ')
  return [
    `${sourceIndex}: ${results} = ${attributes.kind}(${operands})${settings(attributes)}`,
    `    -> ${types}${macs === 0 ? '' : `, ${macs} macs`}`,
  ]
}

function operand(graph: Graph, id: TensorId): string {
  if (id === -1) return 'none'
  const tensor = tensorOf(graph, id)
  return tensor.data === null ? `%${id}` : `%${id} = ${type(tensor)} ${contents(tensor)}`
}

function type(tensor: Tensor): string {
  const shape = `${tensor.dtype}[${tensor.shape.join(', ')}]`
  if (tensor.quantization === null) return shape
  const { scale, zeroPoint, axis } = tensor.quantization
  if (scale.length === 1) return `${shape} scale ${float(scale[0])} zero ${zeroPoint[0] ?? 0}`
  return `${shape} ${scale.length} scales along ${axis}`
}

function contents(tensor: Tensor): string {
  if (elementCount(tensor.shape) <= shortConstant) {
    return `const [${(constantValues(tensor) ?? []).map(float).join(', ')}]`
  }
  return `const #${hash(tensor.data ?? new Uint8Array())}`
}

/** The shortest decimal that is the same float32. */
function float(value: number | undefined): string {
  const exact = value ?? NaN
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(exact.toPrecision(digits))
    if (Math.fround(short) === Math.fround(exact)) return String(short)
  }
  return String(exact)
}

/** FNV-1a, 32 bits: tells constants apart without printing them. */
function hash(bytes: Uint8Array): string {
  let state = 0x811c9dc5
  for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193)
  return (state >>> 0).toString(16).padStart(8, '0')
}

function settings(attributes: OperatorAttributes): string {
  const words: string[] = []
  if ('padding' in attributes) words.push(attributes.padding)
  if ('filterH' in attributes) words.push(`filter ${attributes.filterH}x${attributes.filterW}`)
  if ('strideH' in attributes) words.push(`stride ${attributes.strideH}x${attributes.strideW}`)
  if ('dilationH' in attributes && attributes.dilationH * attributes.dilationW !== 1) {
    words.push(`dilation ${attributes.dilationH}x${attributes.dilationW}`)
  }
  if ('extraPad' in attributes) words.push(...extraPad(attributes.extraPad))
  if ('depthMultiplier' in attributes) words.push(`multiplier ${attributes.depthMultiplier}`)
  if ('axis' in attributes) words.push(`axis ${attributes.axis}`)
  if ('beta' in attributes) words.push(`beta ${float(attributes.beta)}`)
  for (const flag of ['keepNumDims', 'keepDims', 'alignCorners', 'halfPixelCenters'] as const) {
    if ((attributes as Readonly<Record<string, unknown>>)[flag] === true) words.push(flag)
  }
  if ('activation' in attributes && attributes.activation !== 'none') {
    words.push(attributes.activation)
  }
  return words.map(word => ` ${word}`).join('')
}

function extraPad(pad: { top: number; bottom: number; left: number; right: number }): string[] {
  const { top, bottom, left, right } = pad
  return top + bottom + left + right === 0 ? [] : [`pad ${top} ${bottom} ${left} ${right}`]
}
