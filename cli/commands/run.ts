// `thimble run`: a model on a host, raw tensors in, raw tensors out.

import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Inference } from '../../runtime/hosts/host.ts'
import { command, type Result } from '../command.ts'
import { readInputFile } from '../files/read.ts'
import { writeOutputFile } from '../files/write.ts'
import { createRunner, hostChoice, hostNames, type HostChoice } from '../hosts.ts'
import { joinOutputs, splitInferences } from '../inferences.ts'
import { buildModel, loadModel, type BuiltModel } from '../model.ts'
import { runForm, runFormArgs } from '../options.ts'
import { progress } from '../progress.ts'

export const runCommand = command({
  name: 'run',
  description: 'runs a model on a host: raw little-endian tensors in, raw tensors out',
  examples: [
    'thimble run model.tflite --input in.bin --output out.bin --host as',
    'thimble run model.tflite --input in.bin --output out.bin --host qemu --board mps2-an500',
    'thimble run model.tflite --input in.bin --output out.bin --host js --sram 32k --input-form rows',
  ],
  args: {
    model: { type: 'positional', description: 'a .tflite file', required: true },
    input: {
      type: 'string',
      description: 'input tensors in the order of the model; several inferences back to back',
      valueHint: 'file',
      required: true,
    },
    output: {
      type: 'string',
      description: 'file for the output tensors, in the order of the model',
      valueHint: 'file',
      required: true,
    },
    host: {
      type: 'string',
      description: `where to run: ${hostNames.join(', ')}`,
      valueHint: 'host',
      required: true,
    },
    board: { type: 'string', description: 'machine of qemu: mps2-an386 (default) or mps2-an500' },
    ...runFormArgs,
  },
  run: async ({ model, input, output, host, board, ...words }, bag) => {
    const choice = hostChoice('run', host, board)
    const form = runForm('run', words)
    const loaded = loadModel(model, bag)
    const built = loaded === null ? null : buildModel(loaded.graph, choice.board, false, bag, form)
    if (built === null) return null
    const bytes = readInputFile(input, 'the input', bag)
    if (bytes === null) return null
    const inferences = splitInferences(bytes, built.program, input, bag)
    return inferences === null ? null : runAll(built, choice, inferences, output, bag)
  },
})

async function runAll(
  { program, compiled }: BuiltModel,
  choice: HostChoice,
  inferences: readonly Inference[],
  output: string,
  bag: DiagnosticBag,
): Promise<Result> {
  const line = progress()
  line.say(`building for ${choice.label}`)
  const runner = await createRunner(choice, program)
  try {
    line.say(`running ${inferences.length} inferences on ${choice.label}`)
    const started = performance.now()
    const results = await runner.run(inferences)
    const milliseconds = performance.now() - started
    const bytes = joinOutputs(results)
    if (!writeOutputFile(output, bytes, bag)) return null
    const count = inferences.length
    const msPerInference = Number((milliseconds / count).toFixed(3))
    const json = {
      model: compiled.report.model,
      host: choice.host,
      board: choice.board,
      optimize: compiled.report.optimize,
      inferences: count,
      outputBytes: bytes.length,
      output,
      msPerInference,
    }
    const each = `${msPerInference} ms each`
    const text = `${count} inference${count === 1 ? '' : 's'} on ${choice.label}, ${each}: ${bytes.length} bytes in ${output}\n`
    return { json, text, exitCode: 0 }
  } finally {
    line.done()
    await runner.close()
  }
}
