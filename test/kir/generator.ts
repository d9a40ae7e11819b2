// Random well-typed kernels that cannot trap: every operation whose result is bounded gets bounded operands.

import { random, type Random } from '../random.ts'

type Type = 'i32' | 'u32' | 'i64' | 'f32' | 'bool'

interface Helper {
  readonly name: string
  /** Its last parameter is Static. */
  readonly isStatic: boolean
}

/** Variables in sight by type; `constants` may be given to Static parameters. */
interface Sight {
  readonly variables: Readonly<Record<Type, readonly string[]>>
  readonly constants: readonly string[]
  readonly helpers: readonly Helper[]
  /** Whether `p` and `q` are in sight. */
  readonly memory: boolean
}

export const kernelHead = `import {
  f32, i64, idiv, localArray, satI32, satI8, satU8, truncI32, unroll, wrapAdd, wrapI16, wrapI32, wrapI64,
  u32, wrapI8, wrapMul, wrapShl, wrapSub, wrapU16, wrapU32, wrapU64, type Ptr, type Static, type bool, type i32, type i8, type u16,
} from '../../runtime/lang/types.ts'
`

/** Text of a kernel file with helpers and `main(x, y, z, p, n, b)`; the same seed gives the same text. */
export function randomKernel(seed: number): string {
  return new Generator(random(seed)).file()
}

class Generator {
  readonly #r: Random
  #names = 0

  constructor(r: Random) {
    this.#r = r
  }

  file(): string {
    const helpers: Helper[] = []
    const texts: string[] = []
    for (let i = 0; i < 3; i++) {
      const helper = { name: `helper${i}`, isStatic: this.#r.below(2) === 0 }
      texts.push(this.#helper(helper, helpers))
      helpers.push(helper)
    }
    return [kernelHead, ...texts, this.#main(helpers)].join('\n')
  }

  #helper(helper: Helper, helpers: readonly Helper[]): string {
    const sight: Sight = {
      variables: { i32: ['a', 's'], u32: [], i64: ['c'], f32: [], bool: ['d'] },
      constants: helper.isStatic ? ['s', '2'] : ['1', '3'],
      helpers,
      memory: false,
    }
    const lines: string[] = []
    const inner = this.#statements(sight, 2 + this.#r.below(2), 1, lines)
    const inline = this.#r.below(3) > 0 ? '/** @inline */\n' : ''
    const last = helper.isStatic ? 's: Static<i32>' : 's: i32'
    const head = `function ${helper.name}(a: i32, c: i64, d: bool, ${last}): i32 {`
    return `${inline}${[head, ...lines, `  return ${this.#i32(inner, 3)}`, '}'].join('\n')}\n`
  }

  #main(helpers: readonly Helper[]): string {
    const sight: Sight = {
      variables: { i32: ['x', 'n'], u32: ['y'], i64: ['z'], f32: [], bool: ['b'] },
      constants: ['n', '0', '3'],
      helpers,
      memory: true,
    }
    const lines = [
      '  const q = localArray<i32>(n + 8)',
      '  for (let i: i32 = 0; i < 8; i++) q[i] = p[i] ^ i',
      '  const bytes: Ptr<i8> = p.reinterpret<i8>()',
      '  const halves: Ptr<u16> = q.reinterpret<u16>()',
    ]
    const inner = this.#statements(sight, 6, 1, lines)
    const head =
      'export function main(x: i32, y: u32, z: i64, p: Ptr<i32>, n: Static<i32>, b: Static<bool>): i32 {'
    return [head, ...lines, `  return ${this.#i32(inner, 4)}`, '}', ''].join('\n')
  }

  #fresh(): string {
    this.#names++
    return `v${this.#names}`
  }

  /** Adds statements to `lines`; the sight after them. */
  #statements(sight: Sight, count: number, depth: number, lines: string[]): Sight {
    let current = sight
    const pad = '  '.repeat(depth)
    for (let i = 0; i < count; i++) {
      const kind = this.#r.below(depth > 2 ? 4 : 9)
      if (kind < 4) {
        current = this.#declare(current, pad, lines)
      } else if (kind < 6) {
        this.#branch(current, depth, lines)
      } else if (kind === 6 && current.memory) {
        const value = this.#i32(current, 3)
        lines.push(pad + this.#store(this.#i32(current, 1), value))
      } else if (kind === 7) {
        this.#unrolled(current, depth, lines)
      } else {
        this.#loop(current, depth, lines)
      }
    }
    return current
  }

  #declare(sight: Sight, pad: string, lines: string[]): Sight {
    const type = this.#r.pick<Type>(['i32', 'i32', 'u32', 'i64', 'f32', 'bool'])
    const name = this.#fresh()
    lines.push(`${pad}const ${name}: ${type} = ${this.#expression(sight, type, 3)}`)
    const variables = { ...sight.variables, [type]: [...sight.variables[type], name] }
    return { ...sight, variables }
  }

  /** A variable that branches assign. */
  #branch(sight: Sight, depth: number, lines: string[]): void {
    const pad = '  '.repeat(depth)
    const name = this.#fresh()
    lines.push(`${pad}let ${name}: i32 = ${this.#i32(sight, 2)}`)
    lines.push(`${pad}if (${this.#bool(sight, 2)}) {`)
    const inner = this.#statements(sight, 1, depth + 1, lines)
    lines.push(`${pad}  ${name} = ${this.#i32(inner, 2)}`)
    lines.push(`${pad}} else if (${this.#bool(sight, 2)}) {`)
    lines.push(`${pad}  ${name} = wrapSub(${name}, ${this.#i32(sight, 2)})`)
    lines.push(`${pad}}`)
    this.#keep(sight, name, pad, lines)
  }

  #unrolled(sight: Sight, depth: number, lines: string[]): void {
    const pad = '  '.repeat(depth)
    const [name, k] = [this.#fresh(), this.#fresh()]
    const to = this.#r.pick(sight.constants)
    lines.push(`${pad}let ${name}: i32 = ${this.#i32(sight, 1)}`)
    lines.push(`${pad}for (const ${k} of unroll(-1, ${to})) {`)
    const variables = { ...sight.variables, i32: [...sight.variables.i32, k] }
    const inner = this.#statements(
      { ...sight, variables, constants: [...sight.constants, k] },
      1,
      depth + 1,
      lines,
    )
    lines.push(`${pad}  ${name} = wrapAdd(${name}, ${this.#i32(inner, 3)})`)
    lines.push(`${pad}}`)
    this.#keep(sight, name, pad, lines)
  }

  #loop(sight: Sight, depth: number, lines: string[]): void {
    const pad = '  '.repeat(depth)
    const [name, i] = [this.#fresh(), this.#fresh()]
    lines.push(`${pad}let ${name}: i32 = ${this.#i32(sight, 1)}`)
    lines.push(`${pad}for (let ${i}: i32 = 0; ${i} < ${this.#i32(sight, 1)} % 4; ${i}++) {`)
    const variables = { ...sight.variables, i32: [...sight.variables.i32, i] }
    const inner = this.#statements({ ...sight, variables }, 1, depth + 1, lines)
    lines.push(`${pad}  if (${this.#bool(inner, 2)}) ${this.#r.pick(['continue', 'break'])}`)
    lines.push(`${pad}  ${name} = wrapAdd(${name}, ${this.#i32(inner, 2)})`)
    lines.push(`${pad}}`)
    this.#keep(sight, name, pad, lines)
  }

  /** Lets the result see a variable that is about to go out of sight. */
  #keep(sight: Sight, name: string, pad: string, lines: string[]): void {
    if (sight.memory) lines.push(`${pad}p[${this.#r.below(8)}] = ${name}`)
  }

  #expression(sight: Sight, type: Type, depth: number): string {
    switch (type) {
      case 'i32':
        return this.#i32(sight, depth)
      case 'u32':
        return this.#u32(sight, depth)
      case 'i64':
        return this.#i64(sight, depth)
      case 'f32':
        return this.#f32(sight, depth)
      case 'bool':
        return this.#bool(sight, depth)
    }
  }

  #leaf(sight: Sight, type: Type): string {
    const known = sight.variables[type]
    if (known.length > 0 && this.#r.below(4) > 0) return this.#r.pick(known)
    switch (type) {
      case 'i32':
        return this.#r.pick(['0', '1', '-1', '7', '-2147483648', '2147483647', '65536', '0x7f00'])
      case 'u32':
        return this.#r.pick(['u32(0)', 'u32(4294967295)', 'u32(0x8000_0000)', 'u32(12345)'])
      case 'i64':
        return this.#r.pick(['i64(-3)', 'i64(4294967296)', 'i64(0)'])
      case 'f32':
        return this.#r.pick(['0.5', '1.25', '-3.0', '0.1'])
      case 'bool':
        return this.#r.pick(['true', 'false'])
    }
  }

  #i32(sight: Sight, depth: number): string {
    if (depth === 0) return this.#leaf(sight, 'i32')
    const e = (): string => this.#i32(sight, depth - 1)
    const bounded = (): string => `(${e()} & ${this.#r.pick(['1023', '255', '1'])})`
    const choices: readonly (() => string)[] = [
      () => this.#leaf(sight, 'i32'),
      () => `${this.#r.pick(['wrapAdd', 'wrapSub', 'wrapMul'])}(${e()}, ${e()})`,
      () => `(${bounded()} ${this.#r.pick(['+', '-', '*'])} ${bounded()})`,
      () => `(${e()} ${this.#r.pick(['&', '|', '^'])} ${e()})`,
      () => `(${e()} >> (${e()} & 31))`,
      () => `wrapShl(${e()}, ${e()} & 31)`,
      () => `(${bounded()} << ${this.#r.below(16)})`,
      () => `idiv(${e()}, ${bounded()} + 1)`,
      () => `(${e()} % (${bounded()} + 1))`,
      () => `(${this.#bool(sight, depth - 1)} ? ${e()} : ${e()})`,
      () => `(~${e()} ^ -(${bounded()}))`,
      () => `${this.#r.pick(['wrapI8', 'wrapI16', 'wrapU16', 'satI8', 'satU8'])}(${e()})`,
      () => `${this.#r.pick(['wrapI32', 'satI32'])}(${this.#i64(sight, depth - 1)})`,
      () => `wrapI32(${this.#u32(sight, depth - 1)})`,
      () => `truncI32(f32(${bounded()}) * 0.75)`,
      () => this.#call(sight, depth - 1),
      () => (sight.memory ? this.#load(e()) : e()),
    ]
    return this.#r.pick(choices)()
  }

  #load(index: string): string {
    return this.#r.pick([
      `p[${index} & 7]`,
      `q[${index} & 7]`,
      `bytes[${index} & 31]`,
      `halves.offset(${index} & 7)[3]`,
      `bytes.loadWordUnaligned(${index} & 15)`,
      `halves.loadWord((${index} & 3) * 2)`,
    ])
  }

  #store(index: string, value: string): string {
    return this.#r.pick([
      `p[${index} & 7] = ${value}`,
      `q[${index} & 7] = ${value}`,
      `bytes[${index} & 31] = wrapI8(${value})`,
      `halves[${index} & 15] = wrapU16(${value})`,
      `bytes.storeWordUnaligned(${index} & 15, ${value})`,
      `p[${index} & 7] ^= ${value}`,
    ])
  }

  #call(sight: Sight, depth: number): string {
    if (sight.helpers.length === 0 || depth < 1) return this.#leaf(sight, 'i32')
    const helper = this.#r.pick(sight.helpers)
    const last = helper.isStatic ? this.#r.pick(sight.constants) : this.#i32(sight, depth - 1)
    const [a, c, d] = [
      this.#i32(sight, depth),
      this.#i64(sight, depth - 1),
      this.#bool(sight, depth - 1),
    ]
    return `${helper.name}(${a}, ${c}, ${d}, ${last})`
  }

  #u32(sight: Sight, depth: number): string {
    if (depth === 0) return this.#leaf(sight, 'u32')
    const e = (): string => this.#u32(sight, depth - 1)
    const choices: readonly (() => string)[] = [
      () => `(${e()} ${this.#r.pick(['+', '-', '*', '&', '|', '^'])} ${e()})`,
      () => `(${e()} ${this.#r.pick(['>>>', '<<'])} (${this.#i32(sight, depth - 1)} & 31))`,
      () => `wrapU32(${this.#i32(sight, depth - 1)})`,
      () => `(~${e()} % (${e()} | 1))`,
      () => `(${this.#bool(sight, depth - 1)} ? ${e()} : ${e()})`,
    ]
    return this.#r.pick(choices)()
  }

  #i64(sight: Sight, depth: number): string {
    if (depth === 0) return this.#leaf(sight, 'i64')
    const e = (): string => this.#i64(sight, depth - 1)
    const small = (): string => `i64(${this.#i32(sight, depth - 1)})`
    const choices: readonly (() => string)[] = [
      () => `(${small()} ${this.#r.pick(['+', '-', '*'])} ${small()})`,
      () => `(${e()} ${this.#r.pick(['&', '|', '^'])} ${e()})`,
      () => `(${e()} >> (${this.#i32(sight, depth - 1)} & 63))`,
      () => `wrapI64(wrapU64(${e()}) * wrapU64(${e()}) + 7)`,
      () => `wrapI64(wrapU64(${e()}) >>> ${this.#r.below(64)})`,
      () => `(~${e()} % ((${small()} & 255) + 1))`,
    ]
    return this.#r.pick(choices)()
  }

  #f32(sight: Sight, depth: number): string {
    if (depth === 0) return this.#leaf(sight, 'f32')
    const e = (): string => this.#f32(sight, depth - 1)
    const choices: readonly (() => string)[] = [
      () => `(${e()} ${this.#r.pick(['+', '-', '*', '/'])} ${e()})`,
      () => `f32(${this.#i32(sight, depth - 1)})`,
      () => `f32(${this.#i64(sight, depth - 1)})`,
      () => `(-(${e()}))`,
    ]
    return this.#r.pick(choices)()
  }

  #bool(sight: Sight, depth: number): string {
    if (depth === 0) return this.#leaf(sight, 'bool')
    const type = this.#r.pick<Type>(['i32', 'u32', 'i64', 'f32'])
    const e = (): string => this.#expression(sight, type, depth - 1)
    const b = (): string => this.#bool(sight, depth - 1)
    const choices: readonly (() => string)[] = [
      () => `(${e()} ${this.#r.pick(['<', '<=', '>', '>=', '===', '!=='])} ${e()})`,
      () => `(${b()} ${this.#r.pick(['&&', '||', '===', '!=='])} ${b()})`,
      () => `!${b()}`,
    ]
    return this.#r.pick(choices)()
  }
}
