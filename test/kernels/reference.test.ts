// Every reference kernel on every case against the independent oracles, in checked JavaScript.

import t from 'tap'
import type { OpDefinition } from '../../kernels/op.ts'
import { operators } from '../../kernels/registry.ts'
import { evaluate } from '../oracle/index.ts'
import { runCalls } from './checked-calls.ts'
import { fills, inputBytes } from './inputs.ts'

for (const { kind, cases, variants, problem } of Object.values(operators) as OpDefinition[]) {
  t.test(`${kind}: every case equals the oracle, byte for byte`, async t => {
    cases.forEach(({ name, context }, index) => {
      if (problem(context) !== null) t.fail(`${name}: the kernels cannot compute it`)
      const calls = variants.at(-1)!.lower(context)
      const failed = fills.filter(fill => {
        const inputs = inputBytes(context, fill, index + 1)
        const [actual, expected] = [runCalls(calls, context, inputs), evaluate(context, inputs)]
        return Buffer.compare(actual, expected) !== 0
      })
      t.same(failed, [], name)
    })
  })
}
