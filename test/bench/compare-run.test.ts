// Board cycles and `thimble bench --compare` on the bundled network, from the model to the text.

import t from 'tap'
import { boards } from '../../boards/index.ts'
import { waits } from '../../cli/bench/board-figures.ts'
import { trafficOf } from '../../cli/bench/board-traffic.ts'
import { callOrder } from '../../cli/bench/call-order.ts'
import type { Comparison } from '../../cli/bench/compare.ts'
import type { BenchResult } from '../../cli/bench/result.ts'
import { isAvailable } from '../../cli/hosts.ts'
import { main } from '../../cli/main.ts'
import { buildModel, loadModel } from '../../cli/model.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { BoardCycles } from '../../runtime/profile/board-cycles.ts'

t.setTimeout(300_000)

const model = 'zoo/spoken-digits/spoken_digits.tflite'
const skip = isAvailable('qemu') && isAvailable('native') ? false : 'no QEMU or no gcc'

async function thimble(...words: string[]): Promise<{ code: number; text: string }> {
  let text = ''
  const add = (more: string): void => void (text += more)
  const code = await main(words, { out: add, err: add })
  return { code, text }
}

type Printed = BenchResult & {
  readonly boardCycles: readonly BoardCycles[]
  readonly comparison: Comparison
}

t.test('boards whose memory never waits need no count of accesses', async t => {
  const never = [...boards.values()].filter(board => !waits(board)).map(({ name }) => name)
  t.same(never, ['host', 'mps2-an386', 'mps2-an500', 'mps3-an547'])
})

t.test('the traffic of a schedule has every constant and activation of its operators', async t => {
  const loaded = loadModel(model, new DiagnosticBag())
  const built = buildModel(loaded!.graph, 'stm32l4r5', false, new DiagnosticBag())
  const { compiled } = built!
  const traffic = trafficOf(compiled.schedule, callOrder(compiled).calls)
  const { weights, constants } = compiled.report.flash
  const counted = traffic.reduce((sum, { constantBytes }) => sum + constantBytes, 0)
  // Tables of the schedule belong to no operator, and the linker aligns.
  t.ok(counted > weights * 0.9 && counted <= (weights + constants) * 1.05, `${counted}`)
  const { graph } = compiled.schedule
  const [input] = graph.inputs.map(id => graph.tensors[id]!)
  const first = traffic.find(({ operator }) => operator === 0)!
  const inputBytes = input!.shape.reduce((product, dim) => product * dim, 1)
  t.ok(first.activationBytes > inputBytes)
  t.ok(traffic.every(({ resumed }) => resumed >= 1))
})

t.test(
  'bench --compare gives board cycles, and says that nobody has figures',
  { skip },
  async t => {
    const words = ['bench', model, '--board', 'stm32l4r5', '--compare', '--json']
    const { code, text } = await thimble(...words)
    t.equal(code, 0, text)
    const result = JSON.parse(text) as Printed
    const [own] = result.boardCycles
    t.match(own, { board: 'stm32l4r5', core: Math.round(result.coreCycles), activations: 0 })
    t.ok(own!.fetch > 0 && own!.constants > 0)
    t.equal(own!.total, own!.core + own!.fetch + own!.constants)
    // Published: 1.29 to 1.44 times a core that never waits, for other kernels on this chip.
    const over = own!.total / own!.core
    t.ok(over > 1.1 && over < 1.8, `${over}`)
    t.same(
      new Set(result.boardCycles.map(({ board }) => boards.get(board)?.core)),
      new Set(['cortex-m4']),
    )
    const { comparison } = result
    t.match(comparison, { modelled: [], silicon: [], missing: /no peer has figures of this model/ })
    t.equal(comparison.own.instructions, result.instructions)
    t.ok((comparison.own.flashBytes ?? 0) > 18_000)
  },
)

t.test('--compare is refused where there is nothing to compare', async t => {
  const kernel = await thimble('bench', 'conv2d', '--board', 'mps2-an386', '--compare')
  t.match(kernel, { code: 2, text: /--compare is for models/ })
})
