// Reads fields of JSON that somebody else wrote; what is missing or of the wrong kind is named.

/** The data is not what its format promises; the message says where. */
export class DamagedGolden extends Error {}

export type Json = Readonly<Record<string, unknown>>

export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new DamagedGolden(`${where} is no JSON`)
  }
}

export function objectOf(value: unknown, where: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw new DamagedGolden(`${where} is no object`)
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[]
  throw new DamagedGolden(`${where} is no list`)
}

export function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  throw new DamagedGolden(`${where} is no text`)
}

/** A whole number from 0 on. */
export function countOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new DamagedGolden(`${where} is no count`)
}

/** The bytes of a file of a golden folder. */
export type ReadGoldenFile = (name: string) => Uint8Array

export function slice(bytes: Uint8Array, offset: number, size: number, name: string): Uint8Array {
  if (offset + size <= bytes.length) return bytes.subarray(offset, offset + size)
  const need = `${offset + size} bytes are needed, it has ${bytes.length}`
  throw new DamagedGolden(`${name} is too short: ${need}`)
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
