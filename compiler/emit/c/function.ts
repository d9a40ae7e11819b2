// KIR functions, structs and constants → C99 declarations and definitions.

import { eachExpr } from '../../kir/build.ts'
import type { DataItem, Func, StructType } from '../../kir/node.ts'
import { bytesOf } from '../../kir/types.ts'
import { LineWriter } from '../writer.ts'
import type { CNames } from './expression.ts'
import { cComment, cDeclarator, cIdentifier, cLocals, cScalar, cStruct } from './names.ts'
import { printBody } from './statement.ts'

const lineWidth = 100

/** `void f(const int8_t *input, ...)`, wrapped at the line width. */
export function cSignature(f: Func, storage = ''): string {
  const local = cLocals(f)
  const params = f.params.map(p => cDeclarator(p.type, local(p.name)))
  const head = `${storage}${cDeclarator(f.result, f.name)}(`
  const one = `${head}${params.length === 0 ? 'void' : params.join(', ')})`
  if (one.length <= lineWidth) return one
  const indent = ' '.repeat(head.length)
  const lines: string[] = []
  let line = head
  params.forEach((param, i) => {
    const text = param + (i === params.length - 1 ? ')' : ',')
    const separator = line === head || line === indent ? '' : ' '
    if (line.length + separator.length + text.length > lineWidth && line !== head) {
      lines.push(line)
      line = indent + text
    } else {
      line += separator + text
    }
  })
  return [...lines, line].join('\n')
}

/** A definition with a comment that says what it does and where it comes from. */
export function printFunction(
  f: Func,
  storage: string,
  callee: CNames['callee'],
  out: LineWriter,
): void {
  out.line()
  for (const line of functionComment(f)) out.line(line)
  out.at(f.span)
  for (const line of cSignature(f, storage).split('\n')) out.line(line)
  out.line('{')
  out.indented(() => {
    const local = cLocals(f)
    for (const p of unusedParams(f)) out.line(`(void)${local(p)};`)
    printBody(f.body, { local, callee, data: name => name }, out)
  })
  out.at(f.span)
  out.line('}')
}

function functionComment(f: Func): readonly string[] {
  const source = f.span.file === '' ? [] : [`From ${f.span.file}.`]
  const doc = f.doc.split('\n').map(line => cComment(line))
  const text = [...doc.filter(line => line !== ''), ...source]
  if (text.length === 0) return []
  if (text.length === 1) return [`/* ${text[0] ?? ''} */`]
  return ['/*', ...text.map(line => ` * ${line}`), ' */']
}

function unusedParams(f: Func): readonly string[] {
  const used = new Set<string>()
  eachExpr(f.body, e => {
    if (e.kind === 'local') used.add(e.name)
    if (e.kind === 'field') used.add(e.object)
  })
  return f.params.map(p => p.name).filter(name => !used.has(name))
}

export function printStruct(s: StructType, out: LineWriter): void {
  out.line()
  if (s.doc !== '') out.line(`/* ${cComment(s.doc)} */`)
  out.line('typedef struct {')
  out.indented(() => {
    for (const field of s.fields) out.line(`${cScalar(field.type)} ${cIdentifier(field.name)};`)
  })
  out.line(`} ${cStruct(s.name)};`)
}

/** Definition of a constant array, a params struct or an array of these. */
export function printData(item: DataItem, storage: string, out: LineWriter): void {
  if (item.kind === 'struct') {
    out.line(`${storage}const ${cStruct(item.struct)} ${item.name} = {`)
    out.indented(() => {
      printFields(item.values, out)
    })
    out.line('};')
    return
  }
  if (item.kind === 'structs') {
    out.line(`${storage}const ${cStruct(item.struct)} ${item.name}[${item.values.length}] = {`)
    out.indented(() => {
      for (const values of item.values) {
        out.line('{')
        out.indented(() => {
          printFields(values, out)
        })
        out.line('},')
      }
    })
    out.line('};')
    return
  }
  out.line(`${storage}${arrayDeclaration(item)} = {`)
  out.indented(() => {
    for (const line of rows(item)) out.line(line)
  })
  out.line('};')
}

function printFields(values: Readonly<Record<string, number>>, out: LineWriter): void {
  for (const [field, value] of Object.entries(values)) {
    out.line(`.${cIdentifier(field)} = ${number(value)},`)
  }
}

/**
 * Kernels read constants of any type by words, and a compiler may make one LDRD of two such reads, which
 * faults where arrays of bytes begin anywhere. `wordsMacro` defines the attribute.
 */
export function arrayDeclaration(item: Extract<DataItem, { kind: 'array' }>): string {
  const words = bytesOf(item.type) < wordBytes ? `${wordsName} ` : ''
  return `${words}const ${cScalar(item.type)} ${item.name}[${item.values.length}]`
}

const wordBytes = 4
const wordsName = 'THIMBLE_WORDS'

/** C99 has no word for alignment, C11 and the compilers for Cortex-M have. */
export const wordsMacro = `#ifndef ${wordsName}
#if defined(__GNUC__)
#define ${wordsName} __attribute__((aligned(${wordBytes})))
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ${wordsName} _Alignas(${wordBytes})
#else
#define ${wordsName}
#endif
#endif`

function number(value: number): string {
  if (value === -2147483648) return 'INT32_MIN'
  return Number.isInteger(value) ? String(value) : `${Math.fround(value)}f`
}

/** The values, as many to a line as fit. */
function rows(item: Extract<DataItem, { kind: 'array' }>): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (let i = 0; i < item.values.length; i++) {
    const text = `${item.type === 'f32' ? float(item.values[i] ?? 0) : number(item.values[i] ?? 0)},`
    if (line.length + text.length + 1 > lineWidth - 2) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? text : ` ${text}`
  }
  if (line !== '') lines.push(line)
  return lines
}

function float(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(Math.fround(value))
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`
}
