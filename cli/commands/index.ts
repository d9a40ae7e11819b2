// The commands of the command line, longer names before the words they begin with.

import type { Command } from '../command.ts'
import { benchCommand } from './bench.ts'
import { boardsCommand } from './boards.ts'
import { calibrateCommand } from './calibrate.ts'
import { compileCommand } from './compile.ts'
import { doctorCommand } from './doctor.ts'
import { firmwareCommand } from './firmware.ts'
import { inspectCommand } from './inspect.ts'
import { kernelEmitCommand } from './kernel-emit.ts'
import { kernelTestCommand } from './kernel-test.ts'
import { planCommand } from './plan.ts'
import { runCommand } from './run.ts'
import { verifyCommand } from './verify.ts'

export const commands: readonly Command[] = [
  inspectCommand,
  planCommand,
  compileCommand,
  runCommand,
  verifyCommand,
  firmwareCommand,
  benchCommand,
  calibrateCommand,
  kernelTestCommand,
  kernelEmitCommand,
  boardsCommand,
  doctorCommand,
]
