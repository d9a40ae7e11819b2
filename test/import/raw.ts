// Encodes flatbuffer tables from plain descriptions, so that tests can write models no writer would.

import { Builder } from 'flatbuffers'

export type Raw =
  | { readonly i8: number }
  | { readonly i32: number }
  | { readonly u64: number }
  | { readonly f32: number }
  | { readonly string: string }
  | { readonly i32s: readonly number[] }
  | { readonly f32s: readonly number[] }
  | { readonly i64s: readonly (number | bigint)[] }
  | { readonly bytes: ArrayLike<number> }
  | { readonly table: RawTable }
  | { readonly tables: readonly RawTable[] }

/** Fields by id. */
export type RawTable = Readonly<Record<number, Raw>>

/** The file whose root is `root`. */
export function encode(root: RawTable, identifier = 'TFL3'): Uint8Array {
  const builder = new Builder(1024)
  builder.finish(writeTable(builder, root), identifier)
  return builder.asUint8Array().slice()
}

function writeTable(builder: Builder, table: RawTable): number {
  const fields = Object.entries(table).map(([id, raw]) => [Number(id), raw] as const)
  const offsets = new Map(fields.map(([id, raw]) => [id, writeChild(builder, raw)]))
  builder.startObject(Math.max(-1, ...fields.map(([id]) => id)) + 1)
  for (const [id, raw] of fields) {
    if ('i8' in raw) builder.addFieldInt8(id, raw.i8, null)
    else if ('i32' in raw) builder.addFieldInt32(id, raw.i32, null)
    else if ('u64' in raw) builder.addFieldInt64(id, BigInt(raw.u64), null)
    else if ('f32' in raw) builder.addFieldFloat32(id, raw.f32, null)
    else builder.addFieldOffset(id, offsets.get(id) ?? 0, 0)
  }
  return builder.endObject()
}

/** Offset of what a field points to; 0 for a field that holds its value itself. */
function writeChild(builder: Builder, raw: Raw): number {
  if ('string' in raw) return builder.createString(raw.string)
  if ('table' in raw) return writeTable(builder, raw.table)
  if ('bytes' in raw) return builder.createByteVector(Uint8Array.from(raw.bytes))
  if ('tables' in raw) {
    const tables = raw.tables.map(table => writeTable(builder, table))
    builder.startVector(4, tables.length, 4)
    for (const table of tables.toReversed()) builder.addOffset(table)
    return builder.endVector()
  }
  if ('i32s' in raw) {
    builder.startVector(4, raw.i32s.length, 4)
    for (const value of raw.i32s.toReversed()) builder.addInt32(value)
    return builder.endVector()
  }
  if ('f32s' in raw) {
    builder.startVector(4, raw.f32s.length, 4)
    for (const value of raw.f32s.toReversed()) builder.addFloat32(value)
    return builder.endVector()
  }
  if ('i64s' in raw) {
    builder.startVector(8, raw.i64s.length, 8)
    for (const value of raw.i64s.toReversed()) builder.addInt64(BigInt(value))
    return builder.endVector()
  }
  return 0
}
