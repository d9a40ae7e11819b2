// Calibrates the cost model of a core: draws samples, measures them, fits coefficients, makes a table.

import type { CostTable } from '../../boards/cost-table.ts'
import type { Core } from '../../boards/schema.ts'
import { fitKernels, type Sample } from '../../compiler/cost/fit.ts'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { kernelFlags, packageFlags, targets, type ArmCore } from '../../runtime/hosts/targets.ts'
import type { Missing } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { runProcess } from '../../runtime/hosts/process.ts'
import { requireTools } from '../../runtime/hosts/toolchain.ts'
import { measureSamples } from './measure.ts'
import { measureStream } from './stream.ts'
import { drawSamples } from './samples.ts'

export interface CalibrateOptions {
  /** Cases per family of weight 1. */
  readonly samples: number
  readonly seed: number
}

/** Kernels whose instances differ in more than their features say, and the statics that tell them apart. */
const instanceStatics: Readonly<Record<string, readonly string[]>> = {
  'average_pool2d/dsp': ['clamps'],
  'conv2d/pointwise': ['isSigned', 'isClamped'],
  'conv2d/im2col': ['isSigned', 'isClamped'],
  'conv2d/lines': ['isSigned', 'isClamped'],
  'depthwise_conv2d/dsp': ['kernelHeight', 'kernelWidth', 'stride', 'wide'],
  'depthwise_conv2d/groups': ['kernelHeight', 'kernelWidth', 'stride'],
  'depthwise_conv2d/portable': ['kernelWidth', 'stride', 'run'],
}

/** Null after diagnostics. Throws HostError. */
export async function calibrate(
  core: Core,
  target: ArmCore,
  { samples: count, seed }: CalibrateOptions,
  bag: DiagnosticBag,
  say: (what: string) => void,
): Promise<CostTable | Missing | null> {
  const tools = requireTools('arm-none-eabi-gcc')
  if (isMissing(tools)) return tools
  const streamed = await measureStream(core, target, bag, say)
  if (streamed === null || isMissing(streamed)) return streamed
  const planned = drawSamples(core, count, seed)
  const measured = await measureSamples(planned, target, bag, say)
  if (measured === null || isMissing(measured)) return measured
  const { samples, calls, callCycles } = measured
  const version = await runProcess(tools['arm-none-eabi-gcc'], ['--version'], {
    cwd: '.',
    timeoutSeconds: 20,
  })
  return {
    core: core.name,
    compiler: 'gcc',
    compilerVersion: version.stdout.split('\n')[0] ?? '',
    flags: [...packageFlags, ...kernelFlags(targets[target]), ...core.gccFlags],
    measured: `${count} cases per family, each for the kernels that can compute it`,
    seed,
    samples: samples.length,
    callCycles: {
      whole: Math.round(callCycles / Math.max(1, calls)),
      streamed: streamed.cycles,
    },
    kernels: fitKernels(samples, keyOf),
  }
}

function keyOf({ kernel, statics }: Sample): Readonly<Record<string, number>> {
  const names = instanceStatics[kernel] ?? []
  return Object.fromEntries(names.map(name => [name, statics[name] ?? 0]))
}
