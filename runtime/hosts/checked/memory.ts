// Memory of checked kernels: bounded typed views over bytes that know whose value they hold.

import type { ScalarType } from '../../../compiler/kir/node.ts'

/** Owner of bytes that nobody has written. */
export const nobody = 0

/** A block of memory. `owners` (one entry per byte) is null for constants, which are read-only. */
export class Memory {
  readonly bytes: Uint8Array
  readonly owners: Uint32Array | null
  readonly i8: Int8Array
  readonly i16: Int16Array
  readonly u16: Uint16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
  readonly f32: Float32Array
  readonly data: DataView

  constructor(byteLength: number, writable: boolean) {
    const buffer = new ArrayBuffer(Math.ceil(byteLength / 8) * 8)
    this.bytes = new Uint8Array(buffer)
    this.owners = writable ? new Uint32Array(buffer.byteLength) : null
    this.i8 = new Int8Array(buffer)
    this.i16 = new Int16Array(buffer)
    this.u16 = new Uint16Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.i64 = new BigInt64Array(buffer)
    this.u64 = new BigUint64Array(buffer)
    this.f32 = new Float32Array(buffer)
    this.data = new DataView(buffer)
  }
}

const widths: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i64: 8,
  u64: 8,
}

/** A pointer: byte `at` of a memory, legal from byte `low` up to `high`, for values of `owner`. */
export class View {
  readonly memory: Memory
  readonly at: number
  readonly low: number
  readonly high: number
  readonly owner: number
  /** Bytes of one element. */
  readonly width: number

  constructor(memory: Memory, at: number, low: number, high: number, owner: number, width: number) {
    this.memory = memory
    this.at = at
    this.low = low
    this.high = high
    this.owner = owner
    this.width = width
  }
}

export function widthOf(type: ScalarType): number {
  return widths[type]
}

/** A view of a whole writable memory. */
export function viewOf(memory: Memory, byteLength: number, owner: number, type: ScalarType): View {
  return new View(memory, 0, 0, byteLength, owner, widthOf(type))
}

/** Part of a memory as values of `owner`; the caller guarantees that it lies inside. */
export function regionOf(
  base: View,
  offset: number,
  bytes: number,
  owner: number,
  type: ScalarType,
): View {
  const at = base.at + offset
  return new View(base.memory, at, at, at + bytes, owner, widthOf(type))
}

/** Marks bytes as written by `owner`, as a host does when it puts inputs in place. */
export function claim(memory: Memory, offset: number, bytes: number, owner: number): void {
  memory.owners?.fill(owner, offset, offset + bytes)
}
