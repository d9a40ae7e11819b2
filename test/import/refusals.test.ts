// Every diagnostic of the importer is triggered by a planted fault and says what it should.

import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Code } from '../../compiler/diagnostics/messages.ts'
import { importMessages } from '../../compiler/diagnostics/messages/import.ts'
import { importTflite } from '../../compiler/import/tflite/graph.ts'
import { expectedText, refusalText } from '../expected.ts'
import { faults } from './faults.ts'
import { encode } from './raw.ts'
import { changed, operator, parts, small, withTensor } from './small-model.ts'

t.test('the model the faults are put into is sound', async t => {
  const bag = new DiagnosticBag()
  const graph = importTflite(encode(small(parts())), 'small.tflite', bag)
  t.same(bag.all, [])
  t.same(
    graph?.operators.map(op => op.attributes.kind),
    ['conv2d', 'add'],
  )
})

for (const code of Object.keys(importMessages) as Code[]) {
  t.test(`${code} is given for what it is meant for`, async t => {
    const refusals = faults
      .filter(fault => fault.code === code)
      .map(({ title, bytes }) => {
        const bag = new DiagnosticBag()
        t.equal(importTflite(bytes(), 'small.tflite', bag), null, `${title} is refused`)
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

t.test('all faults of a model are reported in one run', async t => {
  const bag = new DiagnosticBag()
  const root = changed(model => {
    model.tensors[0] = { ...model.tensors[0], 1: { i8: 1 } }
    model.tensors[4] = { ...model.tensors[4], 0: { i32s: [1, 4, 5, 3] } }
    model.codes.push({ 0: { i8: 28 } })
    model.operators.push(operator(2, [4], [3]))
    model.outputs.push(50)
  })
  importTflite(encode(root), 'small.tflite', bag)
  t.same(
    bag.all.map(d => d.code),
    ['TH2010', 'TH2030', 'TH2051', 'TH2046', 'TH2041'],
  )
})

t.test('names that try to reach the terminal or a comment are made harmless', async t => {
  const bag = new DiagnosticBag()
  const name = 'evil\u001b[31m\nname'
  importTflite(encode(withTensor(3, { 3: { string: name }, 1: { i8: 1 } })), 'm.tflite', bag)
  t.match(bag.all[0]?.text, 'evil?[31m?name')
})
