// `thimble firmware`: a bare-metal ELF that runs a model once to warm up and once to be measured.

import { isMissing, missingError } from '../../runtime/hosts/host-error.ts'
import { buildFirmware } from '../../runtime/hosts/firmware.ts'
import { boardCores, isFirmwareBoard } from '../../runtime/hosts/targets.ts'
import { nowhere } from '../../compiler/diagnostics/location.ts'
import { boardNamed } from '../board.ts'
import { command } from '../command.ts'
import { readInputFile } from '../files/read.ts'
import { writeOutputFile } from '../files/write.ts'
import { buildModel, loadModel } from '../model.ts'
import { compilerArgs, compilerChoice, runForm, runFormArgs } from '../options.ts'
import { progress } from '../progress.ts'
import { grouped } from '../table.ts'

export const firmwareCommand = command({
  name: 'firmware',
  description: 'builds a bare-metal ELF with one warm-up and one measured inference',
  examples: [
    'thimble firmware model.tflite --board mps2-an386 --out model.elf',
    'thimble firmware model.tflite --board mps2-an386 --out model.elf --sram 64k --io int8',
    'thimble firmware model.tflite --board mps2-an386 --out model.elf --optimize speed',
    'qemu-system-arm -M mps2-an386 -nographic -semihosting-config enable=on,target=native -kernel model.elf',
  ],
  args: {
    model: { type: 'positional', description: 'a .tflite file', required: true },
    board: {
      type: 'string',
      description: `board to build for: ${Object.keys(boardCores).join(', ')}`,
      required: true,
    },
    out: { type: 'string', description: 'the ELF file', valueHint: 'file', required: true },
    input: {
      type: 'string',
      description: 'inputs of the inference; noise from a fixed seed unless given',
      valueHint: 'file',
    },
    ...compilerArgs,
    ...runFormArgs,
  },
  run: async ({ model, board, out, input, compiler, ...words }, bag) => {
    const form = runForm('firmware', words)
    if (boardNamed(board, bag) === null) return null
    if (!isFirmwareBoard(board)) {
      const known = Object.keys(boardCores).join(', ')
      bag.add('TH6101', nowhere, { board, known })
      return null
    }
    const loaded = loadModel(model, bag)
    const built = loaded === null ? null : buildModel(loaded.graph, board, false, bag, form)
    if (built === null) return null
    const bytes = input === undefined ? undefined : readInputFile(input, 'the input', bag)
    if (bytes === null) return null
    const line = progress()
    line.say('building firmware')
    const elf = await buildFirmware(built.program, board, bytes, compilerChoice(compiler))
    line.done()
    if (isMissing(elf)) throw missingError('firmware', elf)
    if (!writeOutputFile(out, elf, bag)) return null
    const json = {
      model: built.compiled.report.model,
      board,
      optimize: form.optimize,
      out,
      elfBytes: elf.length,
    }
    const text = `${out}: firmware for ${board}, ${grouped(elf.length)} bytes with debug information\n`
    return { json, text, exitCode: 0 }
  },
})
