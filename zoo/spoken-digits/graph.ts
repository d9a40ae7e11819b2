// Assembles the quantised network as a compiler graph, ready for the .tflite writer.
import { encodeConstant } from '../../compiler/graph/constants.ts'
import type { DType, Graph, Quantization, Tensor, TensorId } from '../../compiler/graph/graph.ts'
import type { Operator } from '../../compiler/graph/operator.ts'
import {
  noExtraPad,
  type ConvAttributes,
  type OperatorAttributes,
} from '../../kernels/attributes.ts'
import {
  classCount,
  featureC,
  inputShape,
  kernelShape,
  layers,
  type Layer,
} from './architecture.ts'
import type { ActivationType, QuantizedModel, QuantizedWeights } from './quantize.ts'

/** Collects tensors and operators; ids are positions. */
class GraphBuilder {
  readonly tensors: Tensor[] = []
  readonly operators: Operator[] = []

  private tensor(
    name: string,
    shape: readonly number[],
    dtype: DType,
    quantization: Quantization | null,
    values: ArrayLike<number> | null,
  ): TensorId {
    const id = this.tensors.length
    const data = values === null ? null : encodeConstant(dtype, values)
    this.tensors.push({ id, sourceIndex: id, name, shape, dtype, quantization, data })
    return id
  }

  activation(name: string, shape: readonly number[], type: ActivationType): TensorId {
    const quantization = { scale: [type.scale], zeroPoint: [type.zeroPoint], axis: 0 }
    return this.tensor(name, shape, 'int8', quantization, null)
  }

  /** Weights and bias; the bias scale is the product of input and weight scales, as float32. */
  weights(
    name: string,
    shape: readonly number[],
    axis: number,
    w: QuantizedWeights,
    inputScale: number,
  ): readonly [TensorId, TensorId] {
    const zeroPoint = w.scale.map(() => 0)
    const biasScale = w.scale.map(s => Math.fround(s * inputScale))
    const biasType = { scale: biasScale, zeroPoint, axis: 0 }
    return [
      this.tensor(`${name}/weights`, shape, 'int8', { scale: w.scale, zeroPoint, axis }, w.weights),
      this.tensor(`${name}/bias`, [w.bias.length], 'int32', biasType, w.bias),
    ]
  }

  constant(name: string, values: readonly number[]): TensorId {
    return this.tensor(name, [values.length], 'int32', null, values)
  }

  operator(
    attributes: OperatorAttributes,
    inputs: readonly TensorId[],
    output: TensorId,
  ): TensorId {
    const sourceIndex = this.operators.length
    this.operators.push({ attributes, sourceIndex, inputs, outputs: [output] })
    return output
  }
}

function convolutionAttributes(layer: Layer): OperatorAttributes {
  const shared: ConvAttributes = {
    padding: 'same',
    strideH: layer.stride,
    strideW: layer.stride,
    dilationH: 1,
    dilationW: 1,
    activation: 'relu',
    extraPad: noExtraPad,
  }
  return layer.kind === 'depthwise'
    ? { kind: 'depthwise_conv2d', depthMultiplier: 1, ...shared }
    : { kind: 'conv2d', ...shared }
}

/** Mean over the whole image, flattened to [1, channels]. */
function pool(builder: GraphBuilder, input: TensorId, type: ActivationType): TensorId {
  const { outputH: filterH, outputW: filterW } = layers[layers.length - 1]!
  const window = { padding: 'valid', strideH: 1, strideW: 1, filterH, filterW } as const
  const pooled = builder.activation('pool', [1, 1, 1, featureC], type)
  builder.operator({ kind: 'average_pool2d', ...window, activation: 'none' }, [input], pooled)
  const shape = builder.constant('flatten/shape', [1, featureC])
  const flat = builder.activation('flatten', [1, featureC], type)
  return builder.operator({ kind: 'reshape' }, [pooled, shape], flat)
}

/** Input 'features' [1, 40, 16, 1], output 'scores' [1, 10] with scale 1/256, zero point -128. */
export function buildGraph(model: QuantizedModel, file: string): Graph {
  const builder = new GraphBuilder()
  const { height, width, channels } = inputShape
  const input = builder.activation('features', [1, height, width, channels], model.input)
  let [x, type] = [input, model.input]
  for (const quantized of model.layers) {
    const { layer, output } = quantized
    const axis = layer.kind === 'depthwise' ? 3 : 0
    const constants = builder.weights(layer.name, kernelShape(layer), axis, quantized, type.scale)
    const shape = [1, layer.outputH, layer.outputW, layer.outputC]
    const y = builder.activation(layer.name, shape, output)
    ;[x, type] = [builder.operator(convolutionAttributes(layer), [x, ...constants], y), output]
  }
  const flat = pool(builder, x, type)
  const constants = builder.weights('dense', [classCount, featureC], 0, model.dense, type.scale)
  const logits = builder.activation('dense', [1, classCount], model.logits)
  const dense = { kind: 'fully_connected', activation: 'none', keepNumDims: false } as const
  builder.operator(dense, [flat, ...constants], logits)
  const scores = builder.activation('scores', [1, classCount], { scale: 1 / 256, zeroPoint: -128 })
  builder.operator({ kind: 'softmax', beta: 1 }, [logits], scores)
  const { tensors, operators } = builder
  return { name: 'spoken_digits', file, tensors, operators, inputs: [input], outputs: [scores] }
}
