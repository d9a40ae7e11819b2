// One line that tells a reader of the generated C what a step does.

import { tensorOf, type Graph } from '../../graph/graph.ts'
import { operatorName } from '../../graph/operator.ts'
import type { Step } from '../../schedule/schedule.ts'

/** For example `3: DEPTHWISE_CONV_2D 1x48x48x8 -> 1x48x48x8 (3x3, stride 1, relu6)`. */
export function describeStep(graph: Graph, step: Step, index: number): string {
  const operator = graph.operators[step.operator]
  if (operator === undefined) throw new Error(`step ${index} has no operator`)
  const shape = (id: number): string => tensorOf(graph, id).shape.join('x')
  const inputs = step.inputs.filter(id => id !== null).map(shape)
  const outputs = operator.outputs.map(shape)
  const details = detailsOf(graph, step)
  const tail = details.length === 0 ? '' : ` (${details.join(', ')})`
  const name = operatorName(operator.attributes.kind)
  return `${index}: ${name} ${inputs.join(', ')} -> ${outputs.join(', ')}${tail}`
}

function detailsOf(graph: Graph, step: Step): readonly string[] {
  const operator = graph.operators[step.operator]
  if (operator === undefined) return []
  const { attributes } = operator
  const details: string[] = []
  if (attributes.kind === 'conv2d' || attributes.kind === 'depthwise_conv2d') {
    const [, height, width] = tensorOf(graph, operator.inputs[1] ?? -1).shape
    details.push(`${height ?? 1}x${width ?? 1}`)
  }
  if ('filterH' in attributes) details.push(`${attributes.filterH}x${attributes.filterW}`)
  if ('strideH' in attributes) details.push(stride(attributes.strideH, attributes.strideW))
  if ('padding' in attributes) details.push(attributes.padding)
  if ('extraPad' in attributes) {
    const { top, bottom, left, right } = attributes.extraPad
    if (top + bottom + left + right > 0) details.push(`padded ${top} ${bottom} ${left} ${right}`)
  }
  if ('activation' in attributes && attributes.activation !== 'none') {
    details.push(attributes.activation)
  }
  return details
}

function stride(height: number, width: number): string {
  return height === width ? `stride ${height}` : `stride ${height}x${width}`
}
