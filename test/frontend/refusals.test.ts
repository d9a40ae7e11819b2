// Every refusal of the kernel subset: test/errors/TH1xxx holds a kernel and the text a user reads.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import type { Code } from '../../compiler/diagnostics/messages.ts'
import { kernelMessages } from '../../compiler/diagnostics/messages/kernel.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { Specializer } from '../../compiler/kir/passes/specialize.ts'
import { expectedText } from '../expected.ts'
import { lineReader, projectRoot, sourcesWith } from '../sources.ts'

/** case.json: which file is loaded, and the function that is specialised for which values. */
interface Case {
  readonly file?: string
  readonly entry?: string
  readonly statics?: Readonly<Record<string, number>>
}

const errorsFolder = join(projectRoot, 'test/errors')
const codes = Object.keys(kernelMessages) as readonly Code[]

function diagnose(code: Code): DiagnosticBag {
  const path = join(errorsFolder, code, 'case.json')
  const given = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Case) : {}
  const read = sourcesWith()
  const bag = new DiagnosticBag()
  const program = new KernelProgram(read, bag)
  const file = given.file ?? `test/errors/${code}/input.kernel.ts`
  if (given.entry === undefined) {
    program.load(file)
    program.module('test')
    return bag
  }
  const entry = program.entry(file, given.entry)
  const module = program.module('test')
  if (entry === null || bag.hasErrors) return bag
  new Specializer(module, bag, lineReader(read)).instance(entry.name, given.statics ?? {})
  return bag
}

for (const code of codes) {
  t.test(`${code} is what test/errors/${code} says`, async t => {
    const bag = diagnose(code)
    const text = `${formatDiagnostics(bag.all)}\n`
    t.ok(
      bag.all.some(d => d.code === code),
      `${code} is reported`,
    )
    t.equal(text, expectedText(code, text))
    const said = bag.all.map(d => `${d.text} ${d.hint}`).join(' ')
    t.notMatch(said, /\{\w+\}/, 'every place of the message is filled')
  })
}

t.test('every folder of a kernel refusal belongs to a code', async t => {
  const folders = readdirSync(errorsFolder).filter(name => name.startsWith('TH1'))
  t.same(folders.sort(), [...codes].sort())
})
