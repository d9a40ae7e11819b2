// `thimble calibrate`: measures kernels on an emulated core and fits the cost model to them.

import { cores } from '../../boards/index.ts'
import type { CostTable } from '../../boards/cost-table.ts'
import { isMissing, missingError } from '../../runtime/hosts/host-error.ts'
import { armCores, isArmCore } from '../../runtime/hosts/targets.ts'
import { calibrate } from '../calibrate/calibrate.ts'
import { command } from '../command.ts'
import { writeOutputFile } from '../files/write.ts'
import { countArgument, UsageError } from '../parse.ts'
import { progress } from '../progress.ts'
import { grouped, table } from '../table.ts'

const defaultSamples = 40

export const calibrateCommand = command({
  name: 'calibrate',
  description: 'measure kernels on an emulated core and fit the coefficients of the cost model',
  examples: [
    'thimble calibrate --core cortex-m4 --compiler gcc',
    'thimble calibrate --core cortex-m7 --out boards/costs/cortex-m7.gcc.json',
    'thimble calibrate --core cortex-m4 --samples 10 --seed 2 --json',
  ],
  args: {
    core: { type: 'string', description: `one of ${armCores.join(', ')}`, required: true },
    compiler: { type: 'string', description: 'compiler of the kernels: gcc', default: 'gcc' },
    out: { type: 'string', description: 'write the table into this file', valueHint: 'file' },
    samples: {
      type: 'string',
      description: `cases per family of shapes; ${defaultSamples} unless given`,
      valueHint: 'count',
    },
    seed: {
      type: 'string',
      description: 'seed of the shapes; 1 unless given',
      valueHint: 'number',
    },
  },
  run: async (args, bag) => {
    const { core: name, compiler, out } = args
    const core = cores.get(name)
    if (core === undefined || !isArmCore(name)) {
      throw new UsageError(`'${name}' is none of the cores ${armCores.join(', ')}`, 'calibrate')
    }
    if (compiler !== 'gcc') throw new UsageError('kernels are calibrated with gcc', 'calibrate')
    const samples = countArgument('calibrate', 'samples', args.samples) ?? defaultSamples
    const seed = countArgument('calibrate', 'seed', args.seed) ?? 1
    const line = progress()
    try {
      const costs = await calibrate(core, name, { samples, seed }, bag, line.say)
      if (costs === null) return null
      if (isMissing(costs)) throw missingError('thimble calibrate', costs)
      const text = `${JSON.stringify(costs, null, 1)}\n`
      if (out !== undefined && !writeOutputFile(out, new TextEncoder().encode(text), bag))
        return null
      line.done()
      return { json: costs, text: report(costs, out), exitCode: 0 }
    } finally {
      line.done()
    }
  },
})

function report(costs: CostTable, out: string | undefined): string {
  const percent = (part: number): string => `${(100 * part).toFixed(2)} %`
  const rows = costs.kernels.flatMap(({ kernel, instances, ...all }) =>
    [{ statics: {}, ...all }, ...instances].map(each => [
      kernel,
      Object.entries(each.statics)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
      each.samples,
      percent(each.meanError),
      percent(each.worstError),
    ]),
  )
  return [
    `${costs.core}, ${costs.compilerVersion}: ${grouped(costs.samples)} samples, seed ${costs.seed}`,
    `a call costs ${costs.callCycles.whole} cycles more where it is written out, ${costs.callCycles.streamed} where it is streamed`,
    '',
    table(['kernel', 'instances', 'samples', 'mean error', 'worst'], rows),
    ...(out === undefined ? [] : ['', `The table is in ${out}.`]),
    '',
  ].join('\n')
}
