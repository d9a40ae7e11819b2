// Kernel files of a user's own, outside of the project, through `kernel emit`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { kernelEmitCommand } from '../../cli/commands/kernel-emit.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { runNative } from '../../runtime/hosts/buffers.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { emitSupportHeader } from '../../compiler/emit/c/support.ts'
import { thimbleJson } from './call.ts'

const folder = mkdtempSync(join(tmpdir(), 'thimble-kernels-'))
t.teardown(() => {
  rmSync(folder, { recursive: true })
})

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const lang = "'../../runtime/lang/types.ts'"

const shift = file(
  'shift.kernel.ts',
  `import { unroll, wrapI8, type ConstPtr, type Ptr, type Static, type i32, type i8 } from ${lang}
import { twice } from './twice.kernel.ts'
/** Adds twice the offset to \`lanes\` elements. */
export function shift(x: ConstPtr<i8>, y: Ptr<i8>, offset: i32, lanes: Static<i32>): void {
  for (const i of unroll(0, lanes)) y[i] = wrapI8(x[i] + twice(offset))
}
`,
)
file(
  'twice.kernel.ts',
  `import type { i32 } from ${lang}
export function twice(x: i32): i32 { return x + x }
`,
)

async function emitted(words: readonly string[]): Promise<{ text: string; codes: string[] }> {
  const bag = new DiagnosticBag()
  const result = await kernelEmitCommand.run(words, bag)
  return { text: result?.text ?? '', codes: bag.all.map(d => d.code) }
}

t.test('a kernel outside of the project compiles with its sibling and runs in C', async t => {
  const { text, codes } = await emitted([shift, '--target', 'c', '--statics', 'lanes=3'])
  t.same(codes, [])
  const name = /void (thimble_shift_\w+)\(/.exec(text)?.[1] ?? ''
  t.match(name, /lanes3$/, 'the instance is named after its static value')
  const caller = `#include "harness/buffer.h"
void ${name}(const int8_t *x, int8_t *y, int32_t offset);
void thimble_buffer_main(const void *input, uint32_t input_bytes, void *output,
                         uint32_t output_bytes) {
  (void)input_bytes;
  (void)output_bytes;
  ${name}(input, output, 5);
}
`
  const sources = new Map([
    ['kernel.c', text],
    ['thimble_kernels.h', '#include <stdint.h>\n'],
    ['thimble_intrinsics.h', emitSupportHeader([])],
    ['caller.c', caller],
  ])
  const given = await runNative({ sources, outputBytes: 4 }, new Uint8Array([1, 120, 250, 7]))
  if (isMissing(given)) {
    t.pass('cannot run here', { skip: 'no gcc' })
    return
  }
  // 120 + 10 wraps to -126 = 130; the fourth element is not a lane.
  t.same(given, new Uint8Array([11, 130, 4, 0]))
})

t.test('all targets print a file', async t => {
  for (const target of ['as', 'js', 'kir']) {
    const { text } = await emitted([shift, '--target', target, '--statics', 'lanes=2'])
    t.match(text, /thimble_shift_\w*lanes2/, target)
  }
})

t.test('a core chooses the variant and the order of statements', async t => {
  const kernelOf = (name: string, ...more: readonly string[]): Promise<{ kernel: string }> =>
    thimbleJson<{ kernel: string }>('kernel', 'emit', name, '--target', 'kir', ...more)
  const dot = 'fully_connected'
  const chosen = [[], ['--core', 'cortex-m0plus'], ['--core', 'cortex-m4']].map(words =>
    kernelOf(dot, ...words),
  )
  const kernels = (await Promise.all(chosen)).map(({ kernel }) => kernel)
  t.equal(kernels[0], `${dot}/reference`)
  t.equal(new Set(kernels).size, 3, 'reference, portable code, instructions of the DSP extension')
  await t.rejects(emitted([kernels[2]!, '--target', 'c', '--core', 'cortex-m0plus']), {
    message: /cortex-m0plus cannot run fully_connected\/\S+: it has no dsp instructions/,
  })
  const sums = file(
    'sums.kernel.ts',
    `import { smlad } from '../../runtime/lang/dsp.ts'
import type { ConstPtr, Ptr, i16, i32 } from ${lang}
/** Two sums of products; the second one could begin a cycle earlier than the first. */
export function sums(x: ConstPtr<i16>, y: Ptr<i32>, count: i32): void {
  let a: i32 = 0
  let b: i32 = 0
  for (let i: i32 = 0; i < count; i++) {
    const p: i32 = x[2 * i]
    const q: i32 = x[2 * i + 1]
    a = smlad(q, 7, a)
    b = smlad(p, 7, b)
  }
  y[0] = a
  y[1] = b
}
`,
  )
  const order = async (core: string): Promise<readonly string[]> =>
    [
      ...(await emitted([sums, '--target', 'kir', '--core', core])).text.matchAll(
        /^ +(?:(?:let|const) )?([abpq])\b.* = /gm,
      ),
    ].map(([, name = '']) => name)
  const [m4, m7] = [await order('cortex-m4'), await order('cortex-m7')]
  t.same(m4.slice(-4), ['p', 'q', 'a', 'b'])
  t.same(m7.slice(-4), ['p', 'q', 'b', 'a'])
})

t.test('what is wrong with a file comes back as diagnostics', async t => {
  t.same((await emitted([shift, '--target', 'c'])).codes, ['TH1033'])
  const absent = join(folder, 'absent.kernel.ts')
  t.same((await emitted([absent, '--target', 'c'])).codes, ['TH1008'])
  const wrong = file(
    'wrong.kernel.ts',
    `import type { i32, i8 } from ${lang}
export function wrong(x: i32): i8 { return x / 2 }
export function worse(x: i32): i8 { return x }
`,
  )
  t.same((await emitted([wrong, '--target', 'kir'])).codes, ['TH1012', 'TH1013'])
  const bag = new DiagnosticBag()
  await kernelEmitCommand.run([wrong, '--target', 'kir'], bag)
  t.match(bag.all[1]?.location, { kind: 'source', file: wrong, line: 3, column: 44 })
})

t.test('ill-formed statics are a mistake of the command line', async t => {
  await t.rejects(emitted([shift, '--target', 'c', '--statics', 'lanes']), { name: 'UsageError' })
})
