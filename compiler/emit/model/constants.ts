// The constants of a model as data items of its module; equal ones are stored once.

import type { DataItem, ScalarType } from '../../kir/node.ts'

/** Collects data items. Names are handed out in order of first use, so output is deterministic. */
export class ConstantPool {
  readonly #items: DataItem[] = []
  readonly #byContent = new Map<string, DataItem[]>()
  readonly #names = new Set<string>()

  get items(): readonly DataItem[] {
    return this.#items
  }

  /** Name of an array with these values; `wanted` when it is new. */
  array(wanted: string, type: ScalarType, values: ArrayLike<number>, weights: boolean): string {
    const key = `${type}/${values.length}/${checksum(values)}`
    const same = this.#byContent
      .get(key)
      ?.find(item => item.kind === 'array' && sameValues(item.values, values))
    if (same !== undefined) return same.name
    return this.#add(key, { kind: 'array', name: this.#fresh(wanted), type, values, weights })
  }

  /** Name of a params struct with these values. */
  struct(wanted: string, struct: string, values: Readonly<Record<string, number>>): string {
    const key = `${struct}/${JSON.stringify(values)}`
    const same = this.#byContent.get(key)?.[0]
    if (same !== undefined) return same.name
    return this.#add(key, { kind: 'struct', name: this.#fresh(wanted), struct, values })
  }

  #add(key: string, item: DataItem): string {
    this.#items.push(item)
    this.#byContent.set(key, [...(this.#byContent.get(key) ?? []), item])
    return item.name
  }

  #fresh(wanted: string): string {
    let name = wanted
    for (let n = 2; this.#names.has(name); n++) name = `${wanted}_${n}`
    this.#names.add(name)
    return name
  }
}

/** FNV-1a over the values: finds candidates, equality decides. */
function checksum(values: ArrayLike<number>): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < values.length; i++) {
    hash = Math.imul(hash ^ (values[i] ?? 0), 0x01000193)
  }
  return hash >>> 0
}

function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (!Object.is(a[i], b[i])) return false
  }
  return true
}
