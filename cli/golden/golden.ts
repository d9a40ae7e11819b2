// Stored inputs and expected tensors of a model: manifest.json and the files it names.

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { fileBytesLimit } from '../files/read.ts'
import { reasonOf } from '../files/reason.ts'
import {
  countOf,
  DamagedGolden,
  decode,
  listOf,
  objectOf,
  parseJson,
  slice,
  textOf,
  type ReadGoldenFile,
} from './fields.ts'
import { readLayers, type GoldenLayer } from './layers.ts'

export interface GoldenTensor {
  readonly index: number
  readonly bytes: number
}

export interface GoldenCase {
  readonly id: string
  readonly inputs: readonly Uint8Array[]
  readonly outputs: readonly Uint8Array[]
}

export interface Golden {
  /** Model file it belongs to. */
  readonly model: string
  readonly sha256: string
  readonly stateful: boolean
  readonly inputs: readonly GoldenTensor[]
  readonly outputs: readonly GoldenTensor[]
  readonly cases: readonly GoldenCase[]
  /** Expected intermediate tensors; empty when none are stored. */
  readonly layers: readonly GoldenLayer[]
}

/** Reads a golden folder, its layers only if wanted. Null after TH6011 or TH6021. */
export function readGolden(folder: string, layers: boolean, bag: DiagnosticBag): Golden | null {
  const location = { kind: 'file', file: folder } as const
  try {
    return parseGolden(folderReader(folder), layers)
  } catch (error) {
    if (error instanceof DamagedGolden) bag.add('TH6021', location, { detail: error.message })
    else bag.add('TH6011', location, { what: 'the golden data', reason: reasonOf(error) })
    return null
  }
}

/** Each file is read once. */
function folderReader(folder: string): ReadGoldenFile {
  const known = new Map<string, Uint8Array>()
  return name => {
    // A manifest may come from anywhere; it has no business outside of its folder.
    if (!/^\w[\w.-]*$/.test(name)) throw new DamagedGolden(`'${name}' is no plain file name`)
    const path = join(folder, name)
    if (statSync(path).size > fileBytesLimit) throw new DamagedGolden(`${name} is too large`)
    const bytes = known.get(name) ?? readFileSync(path)
    known.set(name, bytes)
    return bytes
  }
}

function parseGolden(read: ReadGoldenFile, wantLayers: boolean): Golden {
  const name = 'manifest.json'
  const manifest = objectOf(parseJson(decode(read(name)), name), name)
  const tensors = (key: 'inputs' | 'outputs'): readonly GoldenTensor[] =>
    listOf(manifest[key], `${name}: ${key}`).map((each, i) => {
      const where = `${name}: ${key}[${i}]`
      const { index, bytes } = objectOf(each, where)
      return { index: countOf(index, `${where}.index`), bytes: countOf(bytes, `${where}.bytes`) }
    })
  const [inputs, outputs] = [tensors('inputs'), tensors('outputs')]
  const cases = listOf(manifest['cases'], `${name}: cases`).map((each, i): GoldenCase => {
    const where = `${name}: cases[${i}]`
    const entry = objectOf(each, where)
    return {
      id: textOf(entry['id'], `${where}.id`),
      inputs: pieces(entry['inputs'], inputs, `${where}.inputs`, read),
      outputs: pieces(entry['outputs'], outputs, `${where}.outputs`, read),
    }
  })
  if (cases.length === 0) throw new DamagedGolden(`${name}: there are no cases`)
  const { layers } = manifest
  const sequence = manifest['sequence'] !== undefined
  return {
    model: textOf(manifest['model'], `${name}: model`),
    sha256: textOf(manifest['sha256'], `${name}: sha256`),
    stateful: manifest['stateful'] === true || sequence,
    inputs,
    outputs,
    cases,
    layers: wantLayers && layers !== undefined ? readLayers(layers, cases.length, read) : [],
  }
}

/** The bytes that `[{file, offset, bytes}]` point at, one entry for each tensor. */
function pieces(
  value: unknown,
  tensors: readonly GoldenTensor[],
  where: string,
  read: ReadGoldenFile,
): readonly Uint8Array[] {
  const list = listOf(value, where)
  if (list.length !== tensors.length) {
    throw new DamagedGolden(`${where} has ${list.length} entries for ${tensors.length} tensors`)
  }
  return list.map((each, i) => {
    const { file, offset, bytes } = objectOf(each, where)
    const size = countOf(bytes, `${where}[${i}].bytes`)
    if (size !== tensors[i]?.bytes) {
      throw new DamagedGolden(
        `${where}[${i}] has ${size} bytes, its tensor ${tensors[i]?.bytes ?? 0}`,
      )
    }
    const name = textOf(file, `${where}[${i}].file`)
    return slice(read(name), countOf(offset, `${where}[${i}].offset`), size, name)
  })
}
