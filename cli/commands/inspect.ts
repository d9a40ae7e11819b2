// `thimble inspect`: what is in a model, whether or not it can be compiled.

import { basename } from 'node:path'
import { command, type Result } from '../command.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { countGraph, countOperator } from '../../compiler/graph/counts.ts'
import { tensorOf, type Graph, type Tensor } from '../../compiler/graph/graph.ts'
import { operatorName, type Operator } from '../../compiler/graph/operator.ts'
import { checkSupported } from '../../compiler/graph/supported.ts'
import { verifyGraph } from '../../compiler/graph/verify.ts'
import { importTflite } from '../../compiler/import/tflite/graph.ts'
import { readInputFile } from '../files/read.ts'
import { grouped, table } from '../table.ts'

export const inspectCommand = command({
  name: 'inspect',
  description: 'operators, shapes, quantisation, multiply-accumulates and parameters of a model',
  examples: [
    'thimble inspect zoo/spoken-digits/spoken_digits.tflite',
    'thimble inspect model.tflite --json | jq .operators[0]',
  ],
  args: { model: { type: 'positional', description: 'a .tflite file', required: true } },
  run: ({ model }, bag): Result => {
    const bytes = readInputFile(model, 'the model', bag)
    const graph = bytes === null ? null : importTflite(bytes, basename(model), bag)
    if (bytes === null || graph === null || !verifyGraph(graph, bag)) return null
    const unsupported = new DiagnosticBag()
    checkSupported(graph, unsupported)
    const problems = unsupported.all
    const json = { ...describe(graph), fileBytes: bytes.length, supported: problems.length === 0 }
    const text =
      problems.length === 0
        ? describeText(graph)
        : `${describeText(graph)}\nThis model cannot be compiled:\n${formatDiagnostics(problems)}\n`
    return { json: { ...json, problems }, text, exitCode: 0 }
  },
})

function describe(graph: Graph) {
  const tensors = (ids: readonly number[]): readonly object[] =>
    ids.filter(id => id >= 0).map(id => describeTensor(tensorOf(graph, id)))
  return {
    model: graph.file,
    name: graph.name,
    ...countGraph(graph),
    inputs: tensors(graph.inputs),
    outputs: tensors(graph.outputs),
    operators: graph.operators.map(operator => {
      const { kind, ...attributes } = operator.attributes
      return {
        index: operator.sourceIndex,
        op: operatorName(kind),
        attributes,
        inputs: tensors(operator.inputs),
        outputs: tensors(operator.outputs),
        ...countOperator(graph, operator),
      }
    }),
  }
}

function describeTensor({ sourceIndex, name, dtype, shape, quantization, data }: Tensor): object {
  const { scale = [], zeroPoint = [], axis = 0 } = quantization ?? {}
  const constant = data !== null
  return { index: sourceIndex, name, dtype, shape, constant, scale, zeroPoint, axis }
}

function describeText(graph: Graph): string {
  const { macs, parameters, parameterBytes } = countGraph(graph)
  const head = ['#', 'operator', 'input', 'output', 'scale', 'zero', 'MACs', 'parameters']
  const sums = `${grouped(macs)} multiply-accumulates, ${grouped(parameters)} parameters (${grouped(parameterBytes)} bytes)`
  const lines = [
    `${graph.file}: ${graph.operators.length} operators, ${sums}`,
    ...graph.inputs.map(id => `input   ${tensorText(tensorOf(graph, id))}`),
    ...graph.outputs.map(id => `output  ${tensorText(tensorOf(graph, id))}`),
    '',
    table(
      head,
      graph.operators.map(operator => row(graph, operator)),
    ),
  ]
  return `${lines.join('\n')}\n`
}

function row(graph: Graph, operator: Operator): readonly (string | number)[] {
  const { macs, parameters } = countOperator(graph, operator)
  const output = tensorOf(graph, operator.outputs[0] ?? -1)
  const inputs = operator.inputs
    .filter(id => id >= 0)
    .map(id => tensorOf(graph, id))
    .filter(({ data }) => data === null)
  const [scale, zero] = [output.quantization?.scale[0], output.quantization?.zeroPoint[0]]
  return [
    operator.sourceIndex,
    operatorName(operator.attributes.kind),
    inputs.map(({ shape }) => shape.join('x')).join(', '),
    output.shape.join('x'),
    scale === undefined ? '-' : Number(scale.toPrecision(6)).toString(),
    zero === undefined ? '-' : String(zero),
    macs,
    parameters,
  ]
}

function tensorText({ name, dtype, shape, quantization }: Tensor): string {
  const [scale] = quantization?.scale ?? []
  const quant =
    scale === undefined ? '' : `, scale ${scale}, zero point ${quantization?.zeroPoint[0] ?? 0}`
  return `${name}: ${dtype} ${shape.join('x')}${quant}`
}
