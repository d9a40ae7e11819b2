// Host native: the emitted C compiled by gcc for this machine, a run's inferences in one process.

import { join } from 'node:path'
import { compileObjects, harnessObjects, link, type CompileJob } from './build.ts'
import { commandRunner, packageJob, writePackage } from './command-runner.ts'
import type { Missing, CProgram, Runner } from './host.ts'
import { isMissing } from './host-error.ts'
import type { NativeOptions } from './options.ts'
import { targets } from './targets.ts'
import { requireTools } from './toolchain.ts'
import { inWorkFolder } from './work-folder.ts'

const sanitizeFlags = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
const harness = ['harness/run.c', 'harness/rows.c', 'harness/guard.c', 'port/stdio.c']

/** Throws HostError TH5102 to TH5106 when the program cannot be built. */
export async function createNativeRunner(
  program: CProgram,
  options: NativeOptions = {},
): Promise<Runner | Missing> {
  const tools = requireTools('gcc')
  if (isMissing(tools)) return tools
  const folder = await inWorkFolder('native', to => buildNative(program, options, tools.gcc, to))
  return commandRunner(program, options, 'native', folder, [join(folder, 'program')])
}

async function buildNative(
  program: CProgram,
  options: NativeOptions,
  compiler: string,
  folder: string,
): Promise<void> {
  const flags = options.sanitize === true ? sanitizeFlags : []
  const base: CompileJob = { target: targets.native, compiler, folder, flags }
  const sources = await writePackage(program, folder, 'with-images')
  const objects = [
    ...(await compileObjects(packageJob(base, options, program), sources)),
    ...(await harnessObjects(base, harness)),
  ]
  await link(base, objects, join(folder, 'program'), 'native')
}
