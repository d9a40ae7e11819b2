// Expected intermediate tensors: bytes for some cases, CRC-32 sums for all.

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

/** What is known of one tensor of the model file. */
export interface GoldenLayer {
  readonly index: number
  /** '' when only sums are stored. */
  readonly name: string
  /** Expected bytes by position of the case. */
  readonly bytes: ReadonlyMap<number, Uint8Array>
  /** Expected CRC-32 (zlib polynomial) by position of the case, eight hexadecimal digits. */
  readonly crcs: ReadonlyMap<number, string>
}

interface Draft {
  name: string
  readonly bytes: Map<number, Uint8Array>
  readonly crcs: Map<number, string>
}

/** `layers` of the manifest: `{index, data, crc}`, each a file name, any of them absent. */
export function readLayers(
  layers: unknown,
  cases: number,
  read: ReadGoldenFile,
): readonly GoldenLayer[] {
  const { index, data, crc } = objectOf(layers, 'manifest.json: layers')
  const drafts = new Map<number, Draft>()
  const draftOf = (tensor: number): Draft => {
    const draft = drafts.get(tensor) ?? { name: '', bytes: new Map(), crcs: new Map() }
    drafts.set(tensor, draft)
    return draft
  }
  if (index !== undefined && data !== undefined) {
    const name = textOf(index, 'manifest.json: layers.index')
    addBytes(name, read, read(textOf(data, 'manifest.json: layers.data')), cases, draftOf)
  }
  if (crc !== undefined) addSums(textOf(crc, 'manifest.json: layers.crc'), read, cases, draftOf)
  return [...drafts].map(([tensor, draft]) => ({ index: tensor, ...draft }))
}

function addBytes(
  file: string,
  read: ReadGoldenFile,
  data: Uint8Array,
  cases: number,
  draftOf: (tensor: number) => Draft,
): void {
  listOf(parseJson(decode(read(file)), file), file).forEach((each, i) => {
    const where = `${file}[${i}]`
    const entry = objectOf(each, where)
    const position = countOf(entry['case'], `${where}.case`)
    if (position >= cases) throw new DamagedGolden(`${where}: there is no case ${position}`)
    onlyMainGraph(entry['subgraph'], where)
    const draft = draftOf(countOf(entry['index'], `${where}.index`))
    draft.name = textOf(entry['name'], `${where}.name`)
    const offset = countOf(entry['offset'], `${where}.offset`)
    const size = countOf(entry['bytes'], `${where}.bytes`)
    draft.bytes.set(position, slice(data, offset, size, file))
  })
}

function addSums(
  file: string,
  read: ReadGoldenFile,
  cases: number,
  draftOf: (tensor: number) => Draft,
): void {
  const { crc32 } = objectOf(parseJson(decode(read(file)), file), file)
  listOf(crc32, `${file}: crc32`).forEach((each, i) => {
    const where = `${file}: crc32[${i}]`
    const entry = objectOf(each, where)
    onlyMainGraph(entry['subgraph'], where)
    const { crcs } = draftOf(countOf(entry['index'], `${where}.index`))
    const sums = listOf(entry['cases'], `${where}.cases`)
    if (sums.length !== cases) {
      throw new DamagedGolden(`${where} has ${sums.length} sums for ${cases} cases`)
    }
    sums.forEach((sum, position) => crcs.set(position, textOf(sum, `${where}.cases[${position}]`)))
  })
}

function onlyMainGraph(value: unknown, where: string): void {
  if (value === undefined || value === 0) return
  throw new DamagedGolden(`${where} is of another subgraph than the main one`)
}
