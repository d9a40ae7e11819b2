// Models that take and give rows, on every host: right bytes, whole traces, and each broken contract noticed.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { printModule } from '../../compiler/kir/print.ts'
import type { Module, Stmt } from '../../compiler/kir/node.ts'
import { verifyModule } from '../../compiler/kir/verify.ts'
import { packageReadme } from '../../compiler/package/readme.ts'
import { modelHeader } from '../../compiler/package/header.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { KernelTrap, type TrapKind } from '../../runtime/hosts/checked/trap.ts'
import { createEmccRunner } from '../../runtime/hosts/emcc.ts'
import { buildFirmware } from '../../runtime/hosts/firmware.ts'
import type { Missing, Program, Runner } from '../../runtime/hosts/host.ts'
import { HostError, isMissing, type HostErrorCode } from '../../runtime/hosts/host-error.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { measurePackage } from '../../runtime/hosts/measure.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import type { Fill } from '../../runtime/hosts/options.ts'
import { createQemuRunner } from '../../runtime/hosts/qemu.ts'
import { strictFlags } from '../../runtime/hosts/targets.ts'
import { findTool, type ToolName } from '../../runtime/hosts/toolchain.ts'
import {
  ends,
  expectedOf,
  fakeModel,
  inferenceOf,
  rowBytes,
  rows,
  type Mistake,
} from './fake-model.ts'

t.setTimeout(600_000)

const arm: readonly ToolName[] = ['arm-none-eabi-gcc', 'qemu-system-arm']
type Create = (program: Program, fill: Fill) => Promise<Runner | Missing> | Runner
const strict = true
const hosts: Readonly<Record<string, readonly [readonly ToolName[], Create]>> = {
  js: [[], (p, fill) => createJsRunner(p, { fill })],
  as: [[], (p, fill) => createAsRunner(p, { fill })],
  native: [['gcc'], (p, fill) => createNativeRunner(p, { fill, strict })],
  sanitized: [['gcc'], (p, fill) => createNativeRunner(p, { fill, strict, sanitize: true })],
  emcc: [['emcc'], (p, fill) => createEmccRunner(p, { fill, strict })],
  m4: [arm, (p, fill) => createQemuRunner(p, { fill, strict, board: 'mps2-an386' })],
  m7: [arm, (p, fill) => createQemuRunner(p, { fill, strict, board: 'mps2-an500' })],
}

function needs(tools: readonly ToolName[]): { readonly skip: string | false } {
  const missing = tools.find(tool => findTool(tool) === null)
  return { skip: missing === undefined ? false : `no ${missing}` }
}

const fills = [0x00, 0xa5, 0xff]

async function runOn(host: string, program: Program, fill: Fill = fills) {
  const runner = await hosts[host]![1](program, fill)
  if (isMissing(runner)) throw new Error(runner.tool)
  try {
    return await runner.run([inferenceOf(1), inferenceOf(2), inferenceOf(3)])
  } finally {
    await runner.close()
  }
}

for (const [host, [tools]] of Object.entries(hosts)) {
  t.test(
    `rows go in and out and are traced on ${host}, whatever the arena held`,
    needs(tools),
    async t => {
      const results = await runOn(host, fakeModel().program)
      results.forEach((result, i) => {
        const inference = inferenceOf(i + 1)
        const { sums, last } = expectedOf(inference)
        t.same(
          result.outputs.map(bytes => [...bytes]),
          [[...sums], [...last]],
        )
        const traced = [sums, last, sums, inference[0]!]
        t.same(
          result.trace.map(bytes => [...bytes]),
          traced.map(bytes => [...bytes]),
        )
      })
      const untraced = await runOn(host, fakeModel({ traced: false }).program)
      t.same(
        untraced.map(({ outputs }) => outputs),
        results.map(({ outputs }) => outputs),
      )
      t.same(untraced[0]?.trace, [])
    },
  )

  if (host === 'js' || host === 'sanitized') continue
  t.test(
    `a result that depends on the fill differs between fills on ${host}`,
    needs(tools),
    async t => {
      const { program } = fakeModel({ mistake: 'readsOldContents', traced: false })
      const offsets = inferenceOf(1)[1]!
      for (const fill of fills) {
        const [first] = await runOn(host, program, fill)
        t.same([...first!.outputs[1]!], [...offsets.map(value => fill + 2 * value)])
      }
    },
  )
}

/** What every host has to say to each mistake; js has traps of its own for some. */
const refusals: readonly (readonly [Mistake, HostErrorCode, RegExp])[] = [
  ['skipsRow', 'TH6110', /row 1 where row 0 of 7 is due|not due/],
  ['repeatsRow', 'TH6110', /row 0 where row 1 of 7 is due|not due/],
  ['stopsEarly', 'TH6110', /input 0 ends after row 5 of 7|rows are missing/],
  ['sendsToInput', 'TH6110', /output 1 is not streamed|not streamed/],
  ['writesAfterArena', 'TH6104', /./],
  ['writesBeforeArena', 'TH6104', /./],
]

for (const [host, [tools]] of Object.entries(hosts)) {
  if (host === 'sanitized' || host === 'm7') continue
  t.test(
    `${host} notices rows out of order and writes outside of the arena`,
    needs(tools),
    async t => {
      for (const [mistake, code, detail] of refusals) {
        const { program } = fakeModel({ mistake, traced: false })
        const error: unknown = await runOn(host, program).catch((reason: unknown) => reason)
        if (!(error instanceof HostError)) throw new Error(`${mistake}: ${String(error)}`)
        t.equal(error.code, code, mistake)
        t.match(String(error.values['detail'] ?? ''), code === 'TH6110' ? detail : /^$/)
      }
    },
  )
}

t.test('a row that would go outside of the arena is not written there', async t => {
  const { program } = fakeModel({ mistake: 'receivesAfterArena', traced: false })
  const error: unknown = await runOn('as', program).catch((reason: unknown) => reason)
  t.ok(error instanceof HostError && error.code === 'TH6104')
})

t.test('the checked host treats a transfer like any other access', async t => {
  const traps: readonly (readonly [Mistake, TrapKind])[] = [
    ['sendsOldContents', 'uninitialised'],
    ['readsOldContents', 'uninitialised'],
    ['receivesTooMuch', 'out-of-bounds'],
  ]
  for (const [mistake, trap] of traps) {
    const { program } = fakeModel({ mistake })
    const error: unknown = await runOn('js', program).catch((reason: unknown) => reason)
    t.ok(error instanceof KernelTrap && error.trap === trap, mistake)
  }
})

t.test('KIR prints transfers and refuses those that make no sense', async t => {
  const { module } = fakeModel()
  t.same(verifyModule(module), [])
  const text = printModule(module)
  t.match(
    text,
    'receive input 0 row row at region<u8>(arena, (0 + ((row % 3) * 6)), 6 bytes, owner 1), 6 bytes',
  )
  t.match(text, 'send output 0 row row at region<u8>(')
  const broken = (change: object): readonly string[] => verifyModule(changed(module, change))
  t.match(broken({ bytes: 0 }), [/receive of 0 bytes/])
  t.match(broken({ index: -1 }), [/receive of tensor -1/])
  t.match(broken({ row: { kind: 'local', type: 'i32', name: 'line' } }), [/'line' is not declared/])
  t.match(broken({ ptr: { kind: 'const', type: 'i32', value: 1 } }), [
    /place to receive has type i32/,
  ])
})

/** The module with its first transfer changed. */
function changed(module: Module, change: object): Module {
  const edited = (s: Stmt): Stmt => {
    if (s.kind === 'for') return { ...s, body: s.body.map(edited) }
    return s.kind === 'transfer' && s.direction === 'receive' ? { ...s, ...change } : s
  }
  const functions = module.functions.map(f => ({ ...f, body: f.body.map(edited) }))
  return { ...module, functions }
}

t.test('the header of a model with streamed ends offers no place for them', async t => {
  const header = modelHeader({ name: 'fake', arenaBytes: 96, ends })
  t.match(header, /#define THIMBLE_FAKE_INPUT_0_ROWS 7u\n#define THIMBLE_FAKE_INPUT_0_ROW_BYTES 6u/)
  t.match(header, /#define THIMBLE_FAKE_OUTPUT_0_ROW_BYTES 6u/)
  t.match(header, /#define THIMBLE_FAKE_INPUT_0_SCALE 0\.5f/)
  t.notMatch(header, /(INPUT|OUTPUT)_0_OFFSET|(input|output)_0\(/)
  t.match(header, /#define THIMBLE_FAKE_INPUT_1_OFFSET 64u/)
  t.match(header, 'const uint8_t *thimble_fake_output_1(const void *arena)')
  t.match(header, 'void thimble_fake_invoke(void *arena, const thimble_rows *rows);')
})

const user = `
#include "first.h"
#include "second.h"
#include <stdio.h>
#include <string.h>

static uint8_t a[THIMBLE_FIRST_ARENA_BYTES] __attribute__((aligned(16)));
static uint8_t b[THIMBLE_SECOND_ARENA_BYTES] __attribute__((aligned(16)));
static const thimble_rows *other;

struct camera {
  uint8_t seed;
  int32_t lines;
};

static void line(void *context, int32_t input, int32_t row, void *bytes) {
  struct camera *camera = context;
  uint8_t *to = bytes;
  camera->lines++;
  for (uint32_t i = 0; i < THIMBLE_FIRST_INPUT_0_ROW_BYTES; i++) {
    to[i] = (uint8_t)(camera->seed + (uint32_t)row * 6u + i + (uint32_t)input);
  }
}

static void print(void *context, int32_t output, int32_t row, const void *bytes) {
  const uint8_t *from = bytes;
  (void)context;
  printf("%d %d:", (int)output, (int)row);
  for (uint32_t i = 0; i < THIMBLE_FIRST_OUTPUT_0_ROW_BYTES; i++) printf(" %d", from[i]);
  printf("\\n");
}

/* Starts the second model while the first one waits for a row. */
static void nested(void *context, int32_t input, int32_t row, void *bytes) {
  if (row == 3) thimble_second_invoke(b, other);
  line(context, input, row, bytes);
}

int main(void) {
  struct camera cameras[2] = {{10, 0}, {200, 0}};
  thimble_rows first = {&cameras[0], nested, print};
  thimble_rows second = {&cameras[1], line, print};
  other = &second;
  memset(thimble_first_input_1(a), 1, THIMBLE_FIRST_INPUT_1_BYTES);
  memset(thimble_second_input_1(b), 2, THIMBLE_SECOND_INPUT_1_BYTES);
  thimble_first_invoke(a, &first);
  printf("%d %d lines\\n", (int)cameras[0].lines, (int)cameras[1].lines);
  printf("last %d %d\\n", thimble_first_output_1(a)[5], thimble_second_output_1(b)[5]);
  return 0;
}
`

t.test(
  'two models with rows live in one program, one even inside a row of the other',
  needs(['gcc']),
  async t => {
    const folder = t.testdir({})
    const flags = ['-std=c99', '-O2', '-g', '-fsanitize=address,undefined', ...strictFlags]
    const objects = ['first', 'second'].flatMap(name => {
      const { cFiles } = fakeModel({ name, traced: false }).program
      const home = join(folder, name)
      mkdirSync(home)
      for (const [file, text] of cFiles) writeFileSync(join(home, file), text)
      const sources = [...cFiles.keys()].filter(file => file.endsWith('.c'))
      execFileSync('gcc', [...flags, '-c', ...sources], { cwd: home })
      return sources.map(file => join(home, file.replace(/c$/, 'o')))
    })
    writeFileSync(join(folder, 'main.c'), user)
    const include = ['-I', 'first', '-I', 'second']
    execFileSync('gcc', [...flags, ...include, 'main.c', ...objects, '-o', 'user'], { cwd: folder })
    const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' }
    const lines = execFileSync('./user', { cwd: folder, encoding: 'utf8', env }).trim().split('\n')
    const sumsOf = (seed: number, bias: number): readonly string[] => {
      const image = Uint8Array.from({ length: rows * rowBytes }, (_, i) => seed + i)
      const { sums } = expectedOf([image, new Uint8Array(rowBytes).fill(bias)])
      return Array.from({ length: rows }, (_, r) =>
        [`0 ${r}:`, ...sums.subarray(r * rowBytes, (r + 1) * rowBytes)].join(' '),
      )
    }
    const first = sumsOf(10, 1)
    const last = (seed: number, bias: number): number => (seed + 41 + 2 * bias) & 255
    t.same(lines, [
      ...first.slice(0, 3),
      ...sumsOf(200, 2),
      ...first.slice(3),
      '7 7 lines',
      `last ${last(10, 1)} ${last(200, 2)}`,
    ])
  },
)

/** The noise of the firmware when it has no input: Knuth's generator, from 1, top byte. */
function noise(count: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

t.test(
  'firmware feeds rows from its input or from noise and sums up what it is handed',
  needs(arm),
  async t => {
    const { program } = fakeModel({ traced: false })
    const made = noise(rows * rowBytes + rowBytes)
    const cases = [
      { input: Buffer.concat(inferenceOf(4)), inference: inferenceOf(4) },
      { inference: [made.subarray(0, rows * rowBytes), made.subarray(rows * rowBytes)] },
    ]
    for (const { input, inference } of cases) {
      const elf = await buildFirmware(program, 'mps2-an386', input)
      if (isMissing(elf)) throw new Error(elf.tool)
      const folder = t.testdir({ 'firmware.elf': Buffer.from(elf) })
      const quiet = ['-display', 'none', '-serial', 'none', '-monitor', 'none']
      const semihosting = ['-semihosting-config', 'enable=on,target=native', '-kernel']
      const args = ['-M', 'mps2-an386', ...quiet, ...semihosting, join(folder, 'firmware.elf')]
      const { stdout, stderr, status } = spawnSync('qemu-system-arm', args, { encoding: 'utf8' })
      const { sums, last } = expectedOf(inference)
      const sum = crc32(Buffer.concat([sums, last]))
        .toString(16)
        .padStart(8, '0')
      t.equal(status, 0)
      t.match(stdout + stderr, `output ${sum}\n`)
    }
    const measured = await measurePackage(program, 'cortex-m4')
    if (isMissing(measured)) throw new Error(measured.tool)
    t.ok((measured.stack.bytes ?? 0) > 0, 'callbacks of the caller are no obstacle to a bound')
    t.equal(measured.staticBytes, 0)
  },
)

t.test('the README of such a model shows the callbacks', async t => {
  const flash = { weights: 1, constants: 2, code: null }
  const figures = { macs: 1, arenaBytes: 96, scratchBytes: 0, sramBytes: 96, lowerBoundBytes: 96 }
  const form = { optimize: 'balanced', rounding: 'double' } as const
  const about = { model: 'fake.tflite', board: 'host', ...form } as const
  const report = { ...about, ...figures, stackBytes: null, flash, layers: [] }
  const readme = packageReadme('fake', report, ends)
  const code = /```c\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  t.match(code, 'const thimble_rows rows = {&io, next_line, take_line};')
  t.match(code, 'fill(thimble_fake_input_1(arena), THIMBLE_FAKE_INPUT_1_BYTES);')
  t.notMatch(code, 'input_0(arena)')
  t.match(readme, '| input 0 | uint8 | 1 x 42 | 0.5 | 3 | 7 rows of 6 bytes |')
})
