// The network as data: one convolution stem, four depthwise-separable blocks, mean, dense, softmax.

/** Input features: 40 frames x 16 mel bands x 1 channel, NHWC. */
export const inputShape = { height: 40, width: 16, channels: 1 } as const
export const classCount = 10

/**
 * Input quantisation: real = inputScale * (q - inputZeroPoint), decibels above the -80 dB floor of
 * the feature definition. Real zero is the floor, so SAME padding means silence.
 */
export const inputScale = 90 / 255
export const inputZeroPoint = -128

/** One convolution with its batch norm (folded after training) and ReLU; shapes in elements. */
export interface Layer {
  readonly kind: 'conv' | 'depthwise' | 'pointwise'
  readonly name: string
  readonly kernel: number
  readonly stride: number
  readonly inputH: number
  readonly inputW: number
  readonly inputC: number
  readonly outputH: number
  readonly outputW: number
  readonly outputC: number
  /** SAME padding of TFLite: the odd row and column goes after, not before. */
  readonly padTop: number
  readonly padBottom: number
  readonly padLeft: number
  readonly padRight: number
}

type Spec = Pick<Layer, 'kind' | 'name' | 'kernel' | 'stride'> & { readonly outputC: number }

function block(index: number, stride: number, inputC: number, outputC: number): readonly Spec[] {
  return [
    { kind: 'depthwise', name: `block${index}/depthwise`, kernel: 3, stride, outputC: inputC },
    { kind: 'pointwise', name: `block${index}/pointwise`, kernel: 1, stride: 1, outputC },
  ]
}

const specs: readonly Spec[] = [
  { kind: 'conv', name: 'stem', kernel: 3, stride: 2, outputC: 32 },
  ...block(1, 1, 32, 48),
  ...block(2, 2, 48, 64),
  ...block(3, 1, 64, 64),
  ...block(4, 1, 64, 96),
]

/** Output size and the two pads of SAME padding (TFLite ComputePaddingWithOffset). */
function same(input: number, kernel: number, stride: number): readonly [number, number, number] {
  const output = Math.ceil(input / stride)
  const total = Math.max(0, (output - 1) * stride + kernel - input)
  return [output, total >> 1, total - (total >> 1)]
}

function chain(): readonly Layer[] {
  let [inputH, inputW, inputC]: readonly number[] = Object.values(inputShape)
  return specs.map(spec => {
    const [outputH, padTop, padBottom] = same(inputH!, spec.kernel, spec.stride)
    const [outputW, padLeft, padRight] = same(inputW!, spec.kernel, spec.stride)
    const pads = { padTop, padBottom, padLeft, padRight }
    const layer = {
      ...spec,
      inputH: inputH!,
      inputW: inputW!,
      inputC: inputC!,
      outputH,
      outputW,
      ...pads,
    }
    inputH = outputH
    inputW = outputW
    inputC = spec.outputC
    return layer
  })
}

/** The convolutions from input to output. */
export const layers: readonly Layer[] = chain()
/** Channels that reach the dense layer. */
export const featureC = layers[layers.length - 1]!.outputC

/** Shape of a layer's kernel in TFLite's layout: OHWI, or 1HWC for depthwise. */
export function kernelShape(layer: Layer): readonly [number, number, number, number] {
  return layer.kind === 'depthwise'
    ? [1, layer.kernel, layer.kernel, layer.outputC]
    : [layer.outputC, layer.kernel, layer.kernel, layer.inputC]
}

/** Multiply-accumulates of one inference, padding taps counted. */
export function macs(): number {
  const perLayer = layers.map(l => {
    const taps = l.kernel * l.kernel * (l.kind === 'depthwise' ? 1 : l.inputC)
    return l.outputH * l.outputW * l.outputC * taps
  })
  return perLayer.reduce((a, b) => a + b, featureC * classCount)
}
