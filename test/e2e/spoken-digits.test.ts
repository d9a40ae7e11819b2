// The bundled network on every host: all tensors as stored, and what only whole programs can show.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { buildModel, loadModel, type BuiltModel } from '../../cli/model.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { measurePackage } from '../../runtime/hosts/measure.ts'
import { strictFlags } from '../../runtime/hosts/targets.ts'
import { clips, model, thimble } from '../cli/call.ts'
import { soundModel } from '../cli/models.ts'
import { skipOn, verifyOn } from './on-host.ts'

t.setTimeout(600_000)

for (const host of ['js', 'as', 'native', 'emcc', 'qemu:mps2-an386', 'qemu:mps2-an500']) {
  t.test(
    `spoken digits: every tensor of every clip on ${host}`,
    { skip: skipOn(host) },
    async t => {
      const { compared } = await verifyOn(t, host, model, clips)
      t.equal(compared, 150)
    },
  )
}

const rows = { inputs: 'rows', outputs: 'rows', sram: null } as const

for (const host of ['js', 'as', 'native', 'emcc', 'qemu:mps2-an386']) {
  const title = `spoken digits: rows by callbacks and every fill of the arena on ${host}`
  t.test(title, { skip: skipOn(host) }, async t => {
    const { compared } = await verifyOn(t, host, model, clips, { everyFill: true, form: rows })
    t.equal(compared, 3 * 150)
  })
}

const inputs = readFileSync(join(clips, 'inputs.bin'))
const outputs = readFileSync(join(clips, 'outputs.bin'))
const clipInput = (n: number): Uint8Array => inputs.subarray(n * 640, (n + 1) * 640)
const clipOutput = (n: number): Uint8Array => outputs.subarray(n * 10, (n + 1) * 10)

for (const board of ['mps2-an386', 'mps2-an500']) {
  const skip = skipOn(`qemu:${board}`)
  t.test(`firmware for ${board} prints the checksum of the stored scores`, { skip }, async t => {
    const folder = t.testdir({})
    writeFileSync(join(folder, 'clip.bin'), clipInput(3))
    const elf = join(folder, 'digits.elf')
    const words = ['--board', board, '--out', elf, '--input', join(folder, 'clip.bin')]
    t.equal((await thimble('firmware', model, ...words)).code, 0)
    const quiet = ['-display', 'none', '-serial', 'none', '-monitor', 'none']
    const semihosting = ['-semihosting-config', 'enable=on,target=native']
    const args = ['-M', board, ...quiet, ...semihosting, '-kernel', elf]
    const run = spawnSync('qemu-system-arm', args, { encoding: 'utf8', timeout: 60_000 })
    t.equal(run.status, 0)
    const expected = crc32(clipOutput(3)).toString(16).padStart(8, '0')
    t.match(run.stdout + run.stderr, new RegExp(`^output ${expected}$`, 'm'))
    const symbols = execFileSync('arm-none-eabi-nm', [elf], { encoding: 'utf8' })
    t.match(symbols, /T thimble_roi_begin$/m)
    t.match(symbols, /T thimble_roi_end$/m)
    const sections = execFileSync('arm-none-eabi-size', ['-A', elf], { encoding: 'utf8' })
    t.match(sections, /\.debug_info/)
  })
}

function build(bytes: Uint8Array, folder: string, name: string): BuiltModel {
  const bag = new DiagnosticBag()
  const path = join(folder, `${name}.tflite`)
  writeFileSync(path, bytes)
  const loaded = loadModel(path, bag)
  const built = loaded === null ? null : buildModel(loaded.graph, 'host', false, bag)
  if (built === null) throw new Error(JSON.stringify(bag.all))
  return built
}

t.test(
  'the reported flash is what the linker finds',
  { skip: skipOn('qemu:mps2-an386') },
  async t => {
    const bag = new DiagnosticBag()
    const loaded = loadModel(model, bag)
    const built = loaded === null ? null : buildModel(loaded.graph, 'mps2-an386', false, bag)
    if (built === null) throw new Error(JSON.stringify(bag.all))
    const measured = await measurePackage(built.program, 'cortex-m4')
    if (isMissing(measured)) throw new Error(measured.tool)
    const { weights, constants } = built.compiled.report.flash
    // Between arrays the linker leaves up to 3 bytes, so that words begin at multiples of 4.
    const padding = measured.weightBytes + measured.constantBytes - weights - constants
    t.ok(padding >= 0 && padding <= 3 * built.compiled.model.module.data.length, `${padding} bytes`)
    t.equal(measured.staticBytes, 0, 'the arena is all the memory there is')
  },
)

const array = (name: string, bytes: Uint8Array): string =>
  `static const uint8_t ${name}[] = {${Array.from(bytes).join(', ')}};`

/** Two instances of one model and one of another, set up together and run in turns. */
const mixedProgram = (first: Uint8Array, second: Uint8Array, other: Uint8Array): string => `
#include "spoken_digits.h"
#include "sound.h"
#include <stdio.h>
#include <string.h>
${array('first', first)}
${array('second', second)}
${array('other', other)}
static uint8_t a[THIMBLE_SPOKEN_DIGITS_ARENA_BYTES] __attribute__((aligned(16)));
static uint8_t b[THIMBLE_SPOKEN_DIGITS_ARENA_BYTES] __attribute__((aligned(16)));
static uint8_t c[THIMBLE_SOUND_ARENA_BYTES] __attribute__((aligned(16)));
static void print(const void *values, unsigned count) {
  for (unsigned i = 0; i < count; i++) printf("%02x", ((const uint8_t *)values)[i]);
  printf("\\n");
}
int main(void) {
  memcpy(thimble_spoken_digits_input_0(a), first, sizeof first);
  memcpy(thimble_sound_input_0(c), other, sizeof other);
  memcpy(thimble_spoken_digits_input_0(b), second, sizeof second);
  thimble_spoken_digits_invoke(b);
  thimble_sound_invoke(c);
  thimble_spoken_digits_invoke(a);
  print(thimble_spoken_digits_output_0(a), THIMBLE_SPOKEN_DIGITS_OUTPUT_0_BYTES);
  print(thimble_spoken_digits_output_0(b), THIMBLE_SPOKEN_DIGITS_OUTPUT_0_BYTES);
  print(thimble_sound_output_0(c), THIMBLE_SOUND_OUTPUT_0_BYTES);
  return 0;
}
`

const skip = skipOn('native')
t.test('two models and two instances of one live in one program', { skip }, async t => {
  const folder = t.testdir({})
  const packages = [
    build(readFileSync(model), folder, 'spoken_digits'),
    build(soundModel(), folder, 'sound'),
  ]
  const flags = ['-std=c99', '-O2', '-g', '-fsanitize=address,undefined', ...strictFlags]
  const objects = packages.flatMap(({ program }) => {
    const home = join(folder, program.name)
    mkdirSync(home)
    for (const [file, text] of program.cFiles) writeFileSync(join(home, file), text)
    const sources = [...program.cFiles.keys()].filter(file => file.endsWith('.c'))
    execFileSync('gcc', [...flags, '-c', ...sources], { cwd: home })
    return sources.map(file => join(home, file.replace(/c$/, 'o')))
  })
  const other = Uint8Array.from({ length: 72 }, (_, i) => i * 89)
  writeFileSync(join(folder, 'main.c'), mixedProgram(clipInput(4), clipInput(7), other))
  const includes = packages.flatMap(({ program }) => ['-I', program.name])
  execFileSync('gcc', [...flags, ...includes, 'main.c', ...objects, '-o', 'mixed'], { cwd: folder })
  const lines = execFileSync('./mixed', {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' },
  }).split('\n')
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const [alone] = await createJsRunner(packages[1]!.program).run([[other]])
  t.same(lines, [hex(clipOutput(4)), hex(clipOutput(7)), hex(alone!.outputs[0]!), ''])
})
