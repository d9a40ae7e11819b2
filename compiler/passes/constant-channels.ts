// Takes out channels between convolutions that have the same value whatever the input is.

import { accumulatorProblem } from '../../kernels/accumulator.ts'
import { readConvolution, type Convolution } from '../../kernels/convolution.ts'
import type { OpContext } from '../../kernels/op.ts'
import { rescaled } from '../../kernels/requantization.ts'
import { tensorOf, type Graph, type Tensor, type TensorId } from '../graph/graph.ts'
import type { Operator } from '../graph/operator.ts'
import { findUses, type Uses } from '../graph/uses.ts'
import { contextOf } from '../graph/context.ts'
import { keepChannels, withBias } from './channels.ts'

/**
 * Training drives channels to nothing: their weights cannot move the output away from the clamp or the
 * bias for any int8 input. Such a channel of a convolution that one other convolution alone reads goes,
 * and its constant share of every sum goes into that one's bias. Through a depthwise convolution in
 * between, the channel it was computed from goes as well. Sums, and with them all remaining values, stay
 * as they were. As many channels go as leave their number modulo 4, which kernels compute together.
 */
export function dropConstantChannels(graph: Graph): Graph {
  let current = graph
  for (const { sourceIndex } of graph.operators) {
    const reader = current.operators.find(operator => operator.sourceIndex === sourceIndex)
    const cut = reader === undefined ? null : findCut(current, reader)
    if (cut !== null) current = applyCut(current, cut)
  }
  return current
}

/** `reader` reads what `writers` compute, the first of them from all of its input's channels. */
interface Cut {
  readonly reader: Operator
  readonly writers: readonly Operator[]
  readonly channels: readonly ConstantChannel[]
}

interface ConstantChannel {
  readonly channel: number
  readonly value: number
}

function findCut(graph: Graph, reader: Operator): Cut | null {
  const uses = findUses(graph)
  if (!isDense(graph, reader) || (reader.inputs[2] ?? -1) < 0) return null
  const writer = soleWriter(graph, uses, reader)
  if (writer === undefined) return null
  const first = isDense(graph, writer) ? null : soleWriter(graph, uses, writer)
  if (first === undefined || (first !== null && !isDense(graph, first))) return null
  const from = convolutionOf(graph, writer)
  const to = convolutionOf(graph, reader)
  if (from === null || to === null || from.output[3] !== from.weightsShape[first === null ? 0 : 3])
    return null
  if (first !== null && from.input[3] !== from.output[3]) return null
  // Beside the image there is the zero point, not the channel's value.
  const constant = constantChannels(from, first !== null).filter(
    ({ value }) => value === to.inputZeroPoint || isInside(to),
  )
  const channels = constant.slice(0, removable(constant.length, from.output[3]))
  if (channels.length === 0) return null
  return { reader, writers: first === null ? [writer] : [first, writer], channels }
}

function removable(constant: number, channels: number): number {
  const most = Math.min(constant, channels - 4)
  return most < 4 ? 0 : most - (most % 4)
}

/** Of int8, and every output channel sums up all input channels. */
function isDense(graph: Graph, operator: Operator): boolean {
  if (operator.attributes.kind !== 'conv2d') return false
  const [x, w] = operator.inputs.map(id => (id < 0 ? null : tensorOf(graph, id)))
  return x?.dtype === 'int8' && x.shape[3] === w?.shape[3]
}

/** The convolution whose only use is to be the image of `reader`. */
function soleWriter(graph: Graph, uses: Uses, reader: Operator): Operator | undefined {
  const image = reader.inputs[0] ?? -1
  const writer = uses.producer.get(image)
  const kind = writer?.attributes.kind
  const sole = uses.consumers.get(image)?.length === 1 && !graph.outputs.includes(image)
  const once = reader.inputs.lastIndexOf(image) === 0
  return sole && once && (kind === 'conv2d' || kind === 'depthwise_conv2d') ? writer : undefined
}

/** Null for one that is refused later. */
function convolutionOf(graph: Graph, operator: Operator): Convolution | null {
  const context = contextOf(graph, operator)
  if (accumulatorProblem(context) !== null || context.inputs[1]?.data === null) return null
  return readConvolution(context as OpContext<'conv2d' | 'depthwise_conv2d'>)
}

/** Whether no window reaches beyond the image. */
function isInside({ input, output, vertical, horizontal }: Convolution): boolean {
  return [vertical, horizontal].every(
    ({ taps, stride, dilation, before }, axis) =>
      before === 0 &&
      (output[axis === 0 ? 1 : 2] - 1) * stride + (taps - 1) * dilation < input[axis === 0 ? 1 : 2],
  )
}

/** The output rises with the sum, so that it is constant where the ends of the sum's range agree. */
function constantChannels(c: Convolution, isDepthwise: boolean): readonly ConstantChannel[] {
  const channels = c.output[3]
  const depth = c.weights.length / channels
  const low = Float64Array.from(c.bias)
  const high = Float64Array.from(c.bias)
  const [least, greatest] = [-128 - c.inputZeroPoint, 127 - c.inputZeroPoint]
  c.weights.forEach((w, position) => {
    const channel = isDepthwise ? position % channels : Math.floor(position / depth)
    low[channel] = low[channel]! + w * (w < 0 ? greatest : least)
    high[channel] = high[channel]! + w * (w < 0 ? least : greatest)
  })
  return Array.from(low, (_, channel) => channel).flatMap(channel => {
    const { multiplier, shift } = c.multipliers[c.multipliers.length > 1 ? channel : 0]!
    if (shift > 0 || multiplier < 0) return []
    const output = (sum: number): number =>
      Math.min(
        c.activation.max,
        Math.max(c.activation.min, rescaled(sum, multiplier, shift) + c.outputZeroPoint),
      )
    const value = output(low[channel]!)
    return value === output(high[channel]!) ? [{ channel, value }] : []
  })
}

function applyCut(graph: Graph, { reader, writers, channels }: Cut): Graph {
  const gone = new Set(channels.map(({ channel }) => channel))
  const tensors: Tensor[] = [...graph.tensors]
  const add = (tensor: Tensor): TensorId => {
    tensors.push({ ...tensor, id: tensors.length })
    return tensors.length - 1
  }
  const narrowed = (id: TensorId, axis: number): TensorId =>
    id < 0 ? id : add(keepChannels(tensorOf(graph, id), axis, gone))
  const images = new Map<TensorId, TensorId>()
  const replaced = new Map<Operator, Operator>()
  for (const writer of writers) {
    const { attributes, inputs, outputs } = writer
    const [image = -1, weights = -1, bias = -1] = inputs
    const output = outputs[0] ?? -1
    images.set(output, narrowed(output, 3))
    const axis = attributes.kind === 'conv2d' ? 0 : 3
    const own = [images.get(image) ?? image, narrowed(weights, axis), narrowed(bias, 0)]
    replaced.set(writer, { ...writer, inputs: own, outputs: [images.get(output) ?? -1] })
  }
  const [image = -1, weights = -1, bias = -1] = reader.inputs
  const context = contextOf(graph, reader) as OpContext<'conv2d'>
  const sums = withBias(readConvolution(context), channels)
  const data = new Uint8Array(sums.buffer)
  const own = [
    images.get(image) ?? image,
    narrowed(weights, 3),
    add({ ...tensorOf(graph, bias), data }),
  ]
  replaced.set(reader, { ...reader, inputs: own })
  const operators = graph.operators.map(operator => replaced.get(operator) ?? operator)
  return { ...graph, tensors, operators, ...foldedWithout(graph, new Set(images.keys())) }
}

/** PADs of what is no longer there cannot be rebuilt. */
function foldedWithout(graph: Graph, gone: Set<TensorId>): Pick<Graph, 'folded'> {
  if (graph.folded === undefined) return {}
  const folded = graph.folded.filter(({ source, tensor }) => {
    if (gone.has(source)) gone.add(tensor)
    return !gone.has(source)
  })
  return { folded }
}
