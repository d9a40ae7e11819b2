// Compiles the profiling plugin of QEMU with the compiler of this machine, once per process.

import { join } from 'node:path'
import { runTool } from '../hosts/build.ts'
import type { Missing } from '../hosts/host.ts'
import { HostError, isMissing, tail } from '../hosts/host-error.ts'
import { runtimeC } from '../hosts/targets.ts'
import { requireTools } from '../hosts/toolchain.ts'
import { openWorkFolder } from '../hosts/work-folder.ts'

let built: Promise<string> | null = null

/** Path of the shared object. It lives in a folder of this process alone: nobody else can swap it. */
export async function profilePlugin(): Promise<string | Missing> {
  const tools = requireTools('gcc')
  if (isMissing(tools)) return tools
  built ??= build(tools.gcc)
  try {
    return await built
  } catch (error) {
    built = null
    throw error
  }
}

async function build(gcc: string): Promise<string> {
  const folder = await openWorkFolder('plugin')
  const output = join(folder, 'profile.so')
  const source = join(runtimeC, 'plugin/profile.c')
  const flags = ['-O2', '-fPIC', '-shared', '-fvisibility=hidden']
  const result = await runTool(gcc, [...flags, '-o', output, source], folder)
  if (result.code === 0) return output
  const detail = tail(result.stderr)
  throw new HostError('TH5102', { tool: 'gcc', file: 'profile.c', detail })
}
