// Files as exporters write them are accepted, and compute what they mean.

import t from 'tap'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { build } from './check.ts'
import { habits } from './exporters.ts'
import { Random } from './random.ts'
import { evaluateGraph, randomInputs } from './reference.ts'

for (const [seed, { title, bytes, meaning }] of habits.entries()) {
  t.test(`${title}: accepted, with the results of the plain graph`, async t => {
    const built = build(bytes, 'small.tflite')
    if (typeof built === 'string') {
      t.fail(built)
      return
    }
    const inputs = randomInputs(meaning, new Random(seed))
    const expected = evaluateGraph(meaning, inputs)
    const [result] = await createJsRunner(built.program).run([inputs])
    t.same(
      result!.outputs.map(output => [...output]),
      meaning.outputs.map(id => [...expected.get(id)!]),
    )
  })
}
