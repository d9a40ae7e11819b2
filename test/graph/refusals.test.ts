// Every diagnostic about unsupported and broken graphs is triggered by a planted fault.

import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Code } from '../../compiler/diagnostics/messages.ts'
import { graphMessages } from '../../compiler/diagnostics/messages/graph.ts'
import { checkSupported } from '../../compiler/graph/supported.ts'
import { verifyGraph } from '../../compiler/graph/verify.ts'
import { expectedText, refusalText } from '../expected.ts'
import { chain, everyOperator } from './every-operator.ts'
import { faults } from './faults.ts'

t.test('sound graphs are let through', async t => {
  for (const graph of [...everyOperator(), chain()]) {
    const bag = new DiagnosticBag()
    t.ok(verifyGraph(graph, bag) && checkSupported(graph, bag), graph.name)
    t.same(bag.all, [])
  }
})

const structural = (code: Code): boolean => code >= 'TH3050'
/** The codes of checkSupported and of verifyGraph; other stages have theirs elsewhere. */
const ours = (code: Code): boolean => code < 'TH3030' || (code > 'TH3050' && code < 'TH3060')

for (const code of (Object.keys(graphMessages) as Code[]).filter(ours)) {
  t.test(`${code} is given for what it is meant for`, async t => {
    const refusals = faults
      .filter(fault => fault.code === code)
      .map(({ title, graph }) => {
        const bag = new DiagnosticBag()
        t.equal(verifyGraph(graph, bag), !structural(code), `${title}: structure`)
        if (!structural(code)) t.notOk(checkSupported(graph, bag), `${title} is refused`)
        t.ok(
          bag.errors.some(d => d.code === code),
          `${title} gives ${code}`,
        )
        return { code, title, diagnostics: bag.all }
      })
    t.ok(refusals.length > 0, 'a fault triggers it')
    const text = refusalText(refusals)
    t.equal(text, expectedText(code, text))
  })
}
