// README.md of a package: what it is, what it needs, how to call it.

import type { Report } from '../report/report.ts'
import { version } from '../version.ts'
import type { IoTensor } from './io.ts'

export function packageReadme(
  name: string,
  report: Report,
  inputs: readonly IoTensor[],
  outputs: readonly IoTensor[],
): string {
  const macro = `THIMBLE_${name.toUpperCase()}`
  const rows = [
    ['arena (inputs, outputs and scratch included)', report.arenaBytes],
    ['of it scratch', report.scratchBytes],
    ['all static RAM', report.sramBytes],
    ['weights in flash', report.flash.weights],
    ['other constants in flash', report.flash.constants],
    ...(report.flash.code === null ? [] : [['machine code in flash', report.flash.code] as const]),
    ...(report.stackBytes === null ? [] : [['stack, at most', report.stackBytes] as const]),
  ] as const
  return `# ${name}

A neural network as a C99 library, compiled by Thimble ${version} from \`${report.model}\` for \`${report.board}\`.
Results are byte for byte those of TensorFlow Lite Micro's reference kernels (${report.rounding} rounding).

| memory | bytes |
| --- | ---: |
${rows.map(([what, bytes]) => `| ${what} | ${bytes} |`).join('\n')}

${report.macs} multiply-accumulates per inference.

| tensor | type | shape | scale | zero point |
| --- | --- | --- | --- | --- |
${[...inputs.map(tensorRow('input')), ...outputs.map(tensorRow('output'))].join('\n')}

## Use

\`\`\`c
#include "${name}.h"

_Alignas(16) static uint8_t arena[${macro}_ARENA_BYTES];  /* or __attribute__((aligned(16))) in C99 */

/* Fill the input before every call, run, read the output. */
fill(thimble_${name}_input_0(arena), ${macro}_INPUT_0_BYTES);
thimble_${name}_invoke(arena);
use(thimble_${name}_output_0(arena));
\`\`\`

Add the folder with \`add_subdirectory()\` and link \`thimble_${name}\`, or compile the three \`.c\` files
yourself, with \`-fno-strict-aliasing\`. No heap, no globals that change; nothing of libc but \`memcpy\` and \`memset\`.
`
}

const tensorRow =
  (role: string) =>
  ({ tensor }: IoTensor, index: number): string => {
    const scale = tensor.quantization?.scale[0]
    const zero = tensor.quantization?.zeroPoint[0]
    const shape = tensor.shape.join(' x ')
    return `| ${role} ${index} | ${tensor.dtype} | ${shape} | ${scale ?? '-'} | ${zero ?? '-'} |`
  }
