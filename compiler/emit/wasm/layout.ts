// Where the constants, local arrays and structs of a module lie in wasm memory.

import { eachStmt } from '../../kir/build.ts'
import type { DataItem, Module, ScalarType, StructType } from '../../kir/node.ts'
import { bytesOf, isWide } from '../../kir/types.ts'

/** Byte offsets of a struct's fields and its size, as a C compiler for a 32-bit core lays it out. */
export interface StructLayout {
  readonly offsets: ReadonlyMap<string, number>
  readonly bytes: number
}

export interface WasmLayout {
  readonly structs: ReadonlyMap<string, StructLayout>
  /** Address of each data item. */
  readonly data: ReadonlyMap<string, number>
  /** Address of each local array by `function/array`: no recursion, so each has a fixed place. */
  readonly arrays: ReadonlyMap<string, number>
  /** First address that is free for the host. */
  readonly end: number
}

const alignment = 16
const alignUp = (at: number, to: number): number => Math.ceil(at / to) * to

export function layoutOf(module: Module): WasmLayout {
  const structs = new Map(module.structs.map(s => [s.name, layoutStruct(s)]))
  let at = 1024
  const place = (bytes: number): number => {
    const address = alignUp(at, alignment)
    at = address + bytes
    return address
  }
  const data = new Map<string, number>()
  for (const item of module.data) data.set(item.name, place(dataBytes(item, structs)))
  const arrays = new Map<string, number>()
  for (const f of module.functions) {
    eachStmt(f.body, s => {
      if (s.kind !== 'array' || s.length.kind !== 'const') return
      arrays.set(`${f.name}/${s.name}`, place(Number(s.length.value) * bytesOf(s.element)))
    })
  }
  return { structs, data, arrays, end: alignUp(at, alignment) }
}

function layoutStruct(struct: StructType): StructLayout {
  const offsets = new Map<string, number>()
  let at = 0
  let widest = 1
  for (const { name, type } of struct.fields) {
    const bytes = bytesOf(type)
    at = alignUp(at, bytes)
    offsets.set(name, at)
    at += bytes
    widest = Math.max(widest, bytes)
  }
  return { offsets, bytes: alignUp(at, widest) }
}

function dataBytes(item: DataItem, structs: ReadonlyMap<string, StructLayout>): number {
  if (item.kind === 'array') return item.values.length * bytesOf(item.type)
  return (structs.get(item.struct)?.bytes ?? 0) * (item.kind === 'structs' ? item.values.length : 1)
}

/** Little-endian bytes of a data item. */
export function dataImage(item: DataItem, module: Module, layout: WasmLayout): Uint8Array {
  const bytes = new Uint8Array(dataBytes(item, layout.structs))
  const view = new DataView(bytes.buffer)
  if (item.kind === 'array') {
    const width = bytesOf(item.type)
    for (let i = 0; i < item.values.length; i++) {
      setScalar(view, i * width, item.type, item.values[i] ?? 0)
    }
    return bytes
  }
  const struct = module.structs.find(s => s.name === item.struct)
  const { offsets, bytes: width } = layout.structs.get(item.struct) ?? { bytes: 0 }
  const all = item.kind === 'structs' ? item.values : [item.values]
  for (const [i, values] of all.entries()) {
    for (const field of struct?.fields ?? []) {
      const at = i * width + (offsets?.get(field.name) ?? 0)
      setScalar(view, at, field.type, values[field.name] ?? 0)
    }
  }
  return bytes
}

export function setScalar(view: DataView, at: number, type: ScalarType, value: number): void {
  if (isWide(type)) view.setBigInt64(at, BigInt(value), true)
  else if (type === 'f32') view.setFloat32(at, value, true)
  else if (bytesOf(type) === 4) view.setInt32(at, value | 0, true)
  else if (bytesOf(type) === 2) view.setInt16(at, value, true)
  else view.setInt8(at, value)
}
