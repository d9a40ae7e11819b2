// The checked JavaScript host: runs a model in this process, every access and operation checked.

import { claim, Memory, nobody, viewOf } from './checked/memory.ts'
import { loadChecked } from './checked/load.ts'
import type { Inference, InferenceResult, Program, Runner } from './host.ts'
import { defaultFill } from './exchange.ts'

/** A runner of `program.checkedJs`. `run` rejects with a KernelTrap when a check fails. */
export function createJsRunner(program: Program): Runner {
  const memory = new Memory(program.arenaBytes, true)
  const arena = viewOf(memory, program.arenaBytes, nobody, 'u8')
  let traced: Uint8Array[] = []
  const functions = loadChecked(program.checkedJs, program.name, step => {
    for (const t of program.trace) {
      if (t.step === step) traced.push(memory.bytes.slice(t.offset, t.offset + t.bytes))
    }
  })
  const invoke = functions.get(program.entry)
  if (invoke === undefined) throw new Error(`no function ${program.entry}`)
  const runOne = (inference: Inference): InferenceResult => {
    memory.bytes.fill(defaultFill)
    memory.owners?.fill(nobody)
    program.inputs.forEach((input, i) => {
      memory.bytes.set(inference[i] ?? [], input.offset)
      claim(memory, input.offset, input.bytes, input.owner)
    })
    traced = []
    invoke(arena)
    const outputs = program.outputs.map(o => memory.bytes.slice(o.offset, o.offset + o.bytes))
    return { outputs, trace: traced }
  }
  return {
    run: inferences => Promise.resolve().then(() => inferences.map(runOne)),
    close: () => Promise.resolve(),
  }
}
