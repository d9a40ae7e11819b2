// The meaning of the kernel language: the fixture kernels give the results worked out by hand, on every backend.
import t from 'tap'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { createEmccRunner } from '../../runtime/hosts/emcc.ts'
import type { Missing, Program, Runner } from '../../runtime/hosts/host.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import { createQemuRunner } from '../../runtime/hosts/qemu.ts'
import { verifyModule } from '../../compiler/kir/verify.ts'
import { kernelCases } from '../fixtures/kernels/cases.ts'
import { caseProgram } from '../kernel-program.ts'
import { sourcesWith } from '../sources.ts'

// Compilers and QEMU take their time on a busy machine.
t.setTimeout(600_000)

const cases = caseProgram(kernelCases, sourcesWith())

t.test('the fixtures become well-formed KIR', async t => {
  t.same(verifyModule(cases.module), [])
})

type Create = (program: Program) => Promise<Runner | Missing> | Runner

const hosts: Readonly<Record<string, Create>> = {
  'checked JavaScript': createJsRunner,
  AssemblyScript: createAsRunner,
  'C on this machine, sanitized and without a warning': program =>
    createNativeRunner(program, { sanitize: true, strict: true }),
  'C as wasm': program => createEmccRunner(program),
  'C on a Cortex-M4': program => createQemuRunner(program, { board: 'mps2-an386', strict: true }),
  'C on a Cortex-M7': program => createQemuRunner(program, { board: 'mps2-an500', strict: true }),
}

for (const [host, create] of Object.entries(hosts)) {
  t.test(`${kernelCases.length} calls of fixture kernels on ${host}`, async t => {
    const runner = await create(cases.program)
    if (isMissing(runner)) {
      t.pass('cannot run here', { skip: `${runner.tool} is missing: ${runner.howToGet}` })
      return
    }
    const [result] = await runner.run([cases.input])
    await runner.close()
    if (result === undefined) throw new Error('no result')
    for (const { title, found, wanted } of cases.check(result)) t.equal(found, wanted, title)
  })
}
