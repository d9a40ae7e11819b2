// `thimble bench`: what an inference or a kernel costs on an emulated core, and where the cycles go.

import { nowhere } from '../../compiler/diagnostics/location.ts'
import { isMissing, missingError } from '../../runtime/hosts/host-error.ts'
import { isArmCore } from '../../runtime/hosts/targets.ts'
import { boards } from '../../boards/index.ts'
import { boardFigures, boardText, waits } from '../bench/board-figures.ts'
import { compareModel } from '../bench/compare-model.ts'
import { comparisonText } from '../bench/compare-text.ts'
import { profileModel } from '../bench/profile.ts'
import { benchResult } from '../bench/result.ts'
import { shapeHelp } from '../bench/shape.ts'
import { isKernelName, kernelBench, modelBench } from '../bench/subjects.ts'
import { benchText } from '../bench/text.ts'
import { boardNamed } from '../board.ts'
import { command } from '../command.ts'
import { compilerArgs, compilerChoice, runForm, runFormArgs } from '../options.ts'
import { countArgument, UsageError } from '../parse.ts'
import { progress } from '../progress.ts'

const defaultTop = 12

export const benchCommand = command({
  name: 'bench',
  description: 'what a model or a kernel costs on an emulated core, by operator, function and line',
  examples: [
    'thimble bench zoo/spoken-digits/spoken_digits.tflite --board mps2-an386',
    'thimble bench model.tflite --board stm32f746g-disco --sram 64k --io int8 --json',
    'thimble bench model.tflite --board mps2-an386 --optimize speed',
    'thimble bench model.tflite --board mps2-an500 --compiler clang',
    "thimble bench conv2d --board mps2-an386 --shape '40x40x16->48 1x1'",
    "thimble bench depthwise_conv2d/reference --board mps2-an386 --shape '40x40x48 3x3; 20x20x96 5x5 s2'",
    'thimble bench add --board mps2-an386',
    'thimble bench model.tflite --board stm32l4r5 --compare',
  ],
  args: {
    subject: {
      type: 'positional',
      description: 'a .tflite file, an operator or one of its variants: conv2d, conv2d/reference',
      required: true,
    },
    board: {
      type: 'string',
      description: 'board whose core and memory count, or a board file',
      required: true,
    },
    shape: {
      type: 'string',
      description: `kernels only: ${shapeHelp}`,
      valueHint: 'shape',
    },
    case: {
      type: 'string',
      description: 'kernels only: one of the test cases; all unless --case or --shape is given',
      valueHint: 'name',
    },
    ...compilerArgs,
    ...runFormArgs,
    memory: { type: 'boolean', description: 'count data accesses by memory, too (slower)' },
    compare: {
      type: 'boolean',
      description: 'models only: print recorded figures of other systems beside ours',
    },
    top: {
      type: 'string',
      description: `rows of the tables of functions and lines; ${defaultTop} unless given`,
      valueHint: 'count',
    },
  },
  run: async (args, bag) => {
    const {
      subject,
      board: boardName,
      shape,
      case: caseName,
      memory,
      compare,
      top,
      compiler,
      ...words
    } = args
    const form = runForm('bench', words)
    const rows = countArgument('bench', 'top', top) ?? defaultTop
    const isKernel = isKernelName(subject)
    if (!isKernel && (shape ?? caseName) !== undefined) {
      throw new UsageError('--shape and --case are for kernels, not for models', 'bench')
    }
    if (isKernel && compare === true) {
      throw new UsageError('--compare is for models: peers have other kernels', 'bench')
    }
    if (isKernel && form.optimize !== 'balanced') {
      throw new UsageError('--optimize is for models: kernels are measured as they are', 'bench')
    }
    if (shape !== undefined && caseName !== undefined) {
      throw new UsageError('--shape and --case exclude each other', 'bench')
    }
    const board = boardNamed(boardName, bag)
    if (board === null) return null
    const { core } = board
    if (!isArmCore(core)) {
      const known = [...boards.values()].filter(each => isArmCore(each.core)).map(b => b.name)
      bag.add('TH6101', nowhere, { board: board.name, known: known.join(', ') })
      return null
    }
    const line = progress()
    try {
      line.say('compiling')
      const bench = isKernel
        ? kernelBench(subject, board, { shape, case: caseName }, bag)
        : modelBench(subject, board, boardName, form, bag)
      if (bench === null) return null
      const { compiled, program } = bench
      const counted = memory === true || compare === true || waits(board)
      const options = { memory: counted, onPart: line.say, ...compilerChoice(compiler) }
      const profile = await profileModel(compiled, program, core, options)
      if (isMissing(profile)) throw missingError('thimble bench', profile)
      const result = benchResult(
        { ...bench.subject, ...compilerChoice(compiler) },
        compiled,
        profile,
      )
      const boardCycles = counted ? boardFigures(compiled, profile, board, compare === true) : []
      const own = { file: subject, io: form.io, compiled, program, result, boards: boardCycles }
      const compared = compare === true ? await compareModel(own, bag) : null
      if (compare === true && compared === null) return null
      line.done()
      const text = [
        benchText(result, rows),
        ...(boardCycles.length === 0 ? [] : [boardText(boardCycles)]),
        ...(compared === null ? [] : [comparisonText(compared)]),
      ]
      const extra = compared === null ? {} : { comparison: compared }
      return { json: { ...result, boardCycles, ...extra }, text: text.join('\n'), exitCode: 0 }
    } finally {
      line.done()
    }
  },
})
