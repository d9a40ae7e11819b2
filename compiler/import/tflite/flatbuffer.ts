// Bounds-checked reading of a flatbuffer: no offset is followed before it is known to lie in the file.

import { ByteBuffer } from 'flatbuffers'

/** Thrown when the bytes break the flatbuffer format; the importer turns it into a diagnostic. */
export class Malformed extends Error {
  readonly offset: number

  constructor(detail: string, offset: number) {
    super(detail)
    this.offset = offset
  }
}

/** A table whose vtable and inline fields have been found to lie within the file. */
export interface Table {
  readonly at: number
  readonly vtable: number
  readonly vtableBytes: number
  readonly inlineBytes: number
}

interface Vector {
  readonly start: number
  readonly length: number
}

const identifierAt = 4
const headerBytes = 8
/** Elements that may be read beyond one for each byte of the file: small files share more. */
const budgetSlack = 4096

/**
 * Reads tables, vectors and strings of a flatbuffer. Offsets of a hostile file may lead many owners
 * to one large vector; so that work and memory stay proportional to the file, at most about one
 * element for each of its bytes is ever handed out.
 */
export class FlatbufferReader {
  readonly #bytes: Uint8Array
  readonly #buffer: ByteBuffer
  #budget: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#buffer = new ByteBuffer(bytes)
    this.#budget = bytes.length + budgetSlack
  }

  /** The four letters behind the root offset; '' when the file is too short to have any. */
  get identifier(): string {
    if (this.#bytes.length < headerBytes) return ''
    return String.fromCharCode(...this.#bytes.subarray(identifierAt, headerBytes))
  }

  root(): Table {
    return this.#table(this.#follow(0))
  }

  int8(table: Table, field: number, missing: number): number {
    const at = this.#field(table, field, 1)
    return at === null ? missing : this.#buffer.readInt8(at)
  }

  uint8(table: Table, field: number, missing: number): number {
    return this.int8(table, field, missing) & 0xff
  }

  bool(table: Table, field: number): boolean {
    return this.int8(table, field, 0) !== 0
  }

  int32(table: Table, field: number, missing: number): number {
    const at = this.#field(table, field, 4)
    return at === null ? missing : this.#buffer.readInt32(at)
  }

  uint32(table: Table, field: number, missing: number): number {
    return this.int32(table, field, missing) >>> 0
  }

  /** As a number: exact below 2^53. */
  uint64(table: Table, field: number, missing: number): number {
    const at = this.#field(table, field, 8)
    return at === null ? missing : Number(this.#buffer.readUint64(at))
  }

  float32(table: Table, field: number, missing: number): number {
    const at = this.#field(table, field, 4)
    return at === null ? missing : this.#buffer.readFloat32(at)
  }

  has(table: Table, field: number): boolean {
    return this.#field(table, field, 4) !== null
  }

  table(table: Table, field: number): Table | null {
    const at = this.#field(table, field, 4)
    return at === null ? null : this.#table(this.#follow(at))
  }

  /** The tables of a vector, or the reason why one is broken, in place of it. */
  tables(table: Table, field: number): (Table | Malformed)[] {
    return this.#elements(table, field, 4, at => {
      try {
        return this.#table(this.#follow(at))
      } catch (error) {
        if (error instanceof Malformed) return error
        throw error
      }
    })
  }

  /** Text with control characters replaced: names end up in terminals and in generated comments. */
  string(table: Table, field: number): string {
    const bytes = this.bytes(table, field)
    this.#spend(bytes.length, bytes.byteOffset)
    const text = new TextDecoder().decode(bytes)
    return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
  }

  /** A view of the file, not a copy; empty when the field is missing. */
  bytes(table: Table, field: number): Uint8Array {
    const { start, length } = this.#vector(table, field, 1)
    return this.#bytes.subarray(start, start + length)
  }

  int32s(table: Table, field: number): number[] {
    return this.#elements(table, field, 4, at => this.#buffer.readInt32(at))
  }

  float32s(table: Table, field: number): number[] {
    return this.#elements(table, field, 4, at => this.#buffer.readFloat32(at))
  }

  int64s(table: Table, field: number): bigint[] {
    return this.#elements(table, field, 8, at => this.#buffer.readInt64(at))
  }

  #elements<T>(table: Table, field: number, size: number, read: (at: number) => T): T[] {
    const { start, length } = this.#vector(table, field, size)
    this.#spend(length, start)
    return Array.from({ length }, (_, i) => read(start + i * size))
  }

  #spend(count: number, at: number): void {
    this.#budget -= count
    if (this.#budget < 0) throw new Malformed('vectors are shared more often than makes sense', at)
  }

  #vector(table: Table, field: number, size: number): Vector {
    const at = this.#field(table, field, 4)
    if (at === null) return { start: 0, length: 0 }
    const position = this.#follow(at)
    this.#need(position, 4, 'the length of a vector')
    const length = this.#buffer.readUint32(position)
    this.#need(position + 4, length * size, `a vector of ${length} elements`)
    return { start: position + 4, length }
  }

  #table(at: number): Table {
    this.#need(at, 4, 'a table')
    const vtable = at - this.#buffer.readInt32(at)
    this.#need(vtable, 4, 'a vtable')
    const vtableBytes = this.#buffer.readUint16(vtable)
    const inlineBytes = this.#buffer.readUint16(vtable + 2)
    if (vtableBytes < 4 || vtableBytes % 2 !== 0 || inlineBytes < 4) {
      throw new Malformed('a vtable of impossible size', vtable)
    }
    this.#need(vtable, vtableBytes, 'a vtable')
    this.#need(at, inlineBytes, 'a table')
    return { at, vtable, vtableBytes, inlineBytes }
  }

  /** Position of a field's inline value of `size` bytes; null when the table does not have it. */
  #field(table: Table, field: number, size: number): number | null {
    const slot = 4 + 2 * field
    if (slot + 2 > table.vtableBytes) return null
    const offset = this.#buffer.readUint16(table.vtable + slot)
    if (offset === 0) return null
    if (offset < 4 || offset + size > table.inlineBytes) {
      throw new Malformed(`field ${field} lies outside of its table`, table.at)
    }
    return table.at + offset
  }

  #follow(at: number): number {
    this.#need(at, 4, 'an offset')
    return at + this.#buffer.readUint32(at)
  }

  #need(at: number, size: number, what: string): void {
    if (at < 0 || at + size > this.#bytes.length) {
      throw new Malformed(`${what} lies outside of the file`, at)
    }
  }
}
