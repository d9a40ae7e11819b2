// Hot loops of the kernels as gcc makes them: their sums and pointers are in registers, not on the stack.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildModel, loadModel } from '../../cli/model.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { runTool } from '../../runtime/hosts/build.ts'
import { buildFirmware } from '../../runtime/hosts/firmware.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { findTool } from '../../runtime/hosts/toolchain.ts'
import { parseDisassembly, type Instruction } from '../../runtime/profile/disassembly.ts'
import { projectRoot } from '../sources.ts'

t.setTimeout(300_000)

/** Accesses of the stack that a loop of a function may have, and why. */
const exceptions: readonly {
  readonly name: RegExp
  readonly most: number
  readonly why: string
}[] = [
  {
    name: /^thimble_gemm_pixels2_.*turns2/,
    most: 2,
    why: 'eight sums, four operands and two pointers take all 14 registers: the counter is on the stack, read and written once in 64 multiplications',
  },
  {
    name: /^thimble_windows_lines_/,
    most: 5,
    why: 'the same; a window of one turn has the counter of blocks and the place of the outputs there, once for 8 of them; four on the M7',
  },
  {
    name: /^thimble_filter_lanes_groups_/,
    most: 3,
    why: 'for 24 products and four outputs: a sum makes room for a word of the window and comes back, and the pointer of the parameters is there',
  },
  // Bounds on what is there now, so that it does not grow; these loops are to be looked at.
  {
    name: /^thimble_depthwise_conv2d_dsp_/,
    most: 2,
    why: 'on the M7 with stride 2, for 20 products: a counter, read and written',
  },
  {
    name: /^thimble_expand_pixels2_/,
    most: 5,
    why: 'elements left over, once for a pixel; three on the M7',
  },
  {
    name: /^thimble_average_pool2d_/,
    most: 12,
    why: 'the result of a window is made in the loop; seven on the M7',
  },
]
const fewestProducts = 4

interface Loop {
  readonly function: string
  readonly products: number
  readonly stack: number
}

/** Stretches from the target of a backward branch to the branch, without another one inside. */
function innermostLoops(text: string): readonly Loop[] {
  const { instructions, functionAt } = parseDisassembly(text)
  const list = [...instructions.values()]
  const spans = list.flatMap((branch: Instruction) => {
    const to = /^b(?!l|x|f|ic|kpt)/.test(branch.mnemonic)
      ? /^([0-9a-f]+) </.exec(branch.operands)
      : null
    const from = to === null ? Infinity : parseInt(to[1] ?? '', 16)
    return from <= branch.address ? [{ from, to: branch.address }] : []
  })
  const isInner = ({ from, to }: (typeof spans)[number]): boolean =>
    !spans.some(s => (s.from !== from || s.to !== to) && s.from >= from && s.to <= to)
  return spans.filter(isInner).map(({ from, to }) => {
    const body = list.filter(({ address }) => address >= from && address <= to)
    return {
      function: functionAt(from),
      products: body.filter(({ mnemonic }) => /^sml([as]d|a[bt][bt]|aw)/.test(mnemonic)).length,
      stack: body.filter(({ operands }) => operands.includes('[sp')).length,
    }
  })
}

for (const board of ['mps2-an386', 'mps2-an500']) {
  t.test(`products of ${board} are summed in registers`, async t => {
    const objdump = findTool('arm-none-eabi-objdump')
    const bag = new DiagnosticBag()
    const loaded = loadModel(join(projectRoot, 'zoo/spoken-digits/spoken_digits.tflite'), bag)
    const built = loaded === null ? null : buildModel(loaded.graph, board, false, bag)
    if (built === null) throw new Error(formatDiagnostics(bag.all))
    const elf = await buildFirmware(built.program, board)
    if (isMissing(elf) || objdump === null) {
      t.pass('cannot run here', { skip: 'arm-none-eabi-gcc is missing' })
      return
    }
    const folder = t.testdir()
    writeFileSync(join(folder, 'model.elf'), elf)
    const { stdout } = await runTool(objdump, ['-d', '-w', 'model.elf'], folder)
    const hot = innermostLoops(stdout).filter(loop => loop.products >= fewestProducts)
    t.ok(hot.length > 0, `${hot.length} loops with products`)
    const most = (loop: Loop): number =>
      exceptions.find(({ name }) => name.test(loop.function))?.most ?? 0
    t.same(
      hot.filter(loop => loop.stack > most(loop)),
      [],
    )
  })
}
