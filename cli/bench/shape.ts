// Reads shapes as people write them, `40x40x16->48 1x1 s2`, into one-operator cases.

import type { Activation, Padding } from '../../kernels/attributes.ts'
import type { WeightedOptions } from '../../kernels/case-builder.ts'
import { conv2dCase } from '../../kernels/conv2d/cases.ts'
import { depthwiseCase } from '../../kernels/depthwise_conv2d/cases.ts'
import { fullyConnectedCase } from '../../kernels/fully_connected/cases.ts'
import type { OpCase } from '../../kernels/op.ts'
import { poolCase } from '../../kernels/pool-cases.ts'

export const shapeHelp =
  "'40x40x16->48 1x1' (image and channels, window), '320->1000' (vectors); then as needed s2 (stride), " +
  'valid, relu, relu6; several separated by semicolons'

/** Operators that have a notation. */
export const shapedKinds = [
  'conv2d',
  'depthwise_conv2d',
  'fully_connected',
  'average_pool2d',
  'max_pool2d',
] as const

/** More than any microcontroller holds; keeps a slip of the finger from filling the memory here. */
const mostElements = 1 << 24

/** The cases of `text`, or what is wrong with it as a sentence. */
export function shapeCases(kind: string, text: string): readonly OpCase[] | string {
  const cases: OpCase[] = []
  for (const part of text.split(';').map(each => each.trim())) {
    const made = shapeCase(kind, part)
    if (typeof made === 'string') return made
    cases.push(made)
  }
  return cases
}

interface Options {
  readonly stride: readonly [number, number]
  readonly padding: Padding
  readonly activation: Activation
}

function shapeCase(kind: string, text: string): OpCase | string {
  const words = text.replaceAll('×', 'x').replaceAll('→', '->').split(/\s+/)
  const [shape = '', ...rest] = words
  if (kind === 'fully_connected') return vectors(text, shape, rest)
  if (!(shapedKinds as readonly string[]).includes(kind)) {
    return `there is no notation for shapes of ${kind}; --case takes one of its test cases`
  }
  const [window = '', ...more] = rest
  const image = /^(\d+)x(\d+)x(\d+)(?:->(\d+))?$/.exec(shape)?.slice(1).map(Number)
  const taps = /^(\d+)x(\d+)$/.exec(window)?.slice(1).map(Number)
  if (image === undefined || taps === undefined) return notUnderstood(text)
  const options = readOptions(more)
  if (options === null) return notUnderstood(text)
  const [height = 0, width = 0, channels = 0, outputs = NaN] = image
  const [windowHeight = 0, windowWidth = 0] = taps
  const given = [height, width, channels, windowHeight, windowWidth, ...options.stride]
  const known = Number.isNaN(outputs) ? [] : [outputs]
  if ([...given, ...known].some(n => n < 1)) return `'${text}' has an extent of 0`
  const many = Math.max(channels, ...known)
  if (
    height * width * many > mostElements ||
    windowHeight * windowWidth * many * channels > mostElements
  )
    return `'${text}' is larger than any microcontroller holds`
  if (options.padding === 'valid' && (windowHeight > height || windowWidth > width))
    return `in '${text}' the window is larger than the image`
  const input = [1, height, width, channels] as const
  const kernel = [windowHeight, windowWidth] as const
  switch (kind) {
    case 'conv2d':
      if (known.length === 0) return `'${text}' lacks the output channels: ${shape}->N`
      return conv2dCase(text, { input, kernel, outputs, ...options, ...outputOf(options) })
    case 'depthwise_conv2d': {
      const multiplier = known.length === 0 ? 1 : outputs / channels
      if (!Number.isInteger(multiplier))
        return `in '${text}' ${outputs} is no multiple of ${channels}`
      return depthwiseCase(text, { input, kernel, multiplier, ...options, ...outputOf(options) })
    }
    default:
      if (known.length > 0)
        return `a pool has as many channels as its input: leave out '->${outputs}'`
      return poolCase(kind === 'max_pool2d' ? 'max_pool2d' : 'average_pool2d', text, {
        input,
        filter: kernel,
        ...options,
      })
  }
}

function vectors(text: string, shape: string, rest: readonly string[]): OpCase | string {
  const counts = /^(\d+)->(\d+)$/.exec(shape)?.slice(1).map(Number)
  const options = readOptions(rest)
  if (counts === undefined || options === null) return notUnderstood(text)
  const [depth = 0, units = 0] = counts
  if (depth < 1 || units < 1) return `'${text}' has an extent of 0`
  if (depth * units > mostElements) return `'${text}' is larger than any microcontroller holds`
  const { activation } = options
  return fullyConnectedCase(text, {
    input: [1, depth],
    depth,
    units,
    activation,
    ...outputOf(options),
  })
}

function readOptions(words: readonly string[]): Options | null {
  let stride: readonly [number, number] = [1, 1]
  let padding: Padding = 'same'
  let activation: Activation = 'none'
  for (const word of words) {
    const step = /^s(\d{1,3})(?:x(\d{1,3}))?$/.exec(word)
    if (step !== null) stride = [Number(step[1]), Number(step[2] ?? step[1])]
    else if (word === 'same' || word === 'valid') padding = word
    else if (word === 'none' || word === 'relu' || word === 'relu6') activation = word
    else return null
  }
  return { stride, padding, activation }
}

/** Outputs as converters quantise them: the range of an activation is that of int8. */
function outputOf({
  activation,
}: Options): Pick<WeightedOptions, 'outputZeroPoint' | 'outputScale'> {
  if (activation === 'none') return {}
  return { outputZeroPoint: -128, ...(activation === 'relu6' ? { outputScale: 6 / 255 } : {}) }
}

const notUnderstood = (text: string): string => `'${text}' is no shape such as ${shapeHelp}`
