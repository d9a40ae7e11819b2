// Joins blocks that QEMU cut apart: it ends a block at the border of a page, whatever the code does there.

import { instructionsOf, type Disassembly, type Instruction } from './disassembly.ts'
import type { BlockCount } from './run.ts'

/**
 * Straight code as blocks from where it is entered to its branch. Code that was cut in the middle of a loop
 * would else be timed as two blocks, by where the linker happened to put it.
 */
export function joinBlocks(
  blocks: readonly BlockCount[],
  code: Disassembly,
): readonly BlockCount[] {
  let joined = blocks
  for (;;) {
    const next = joinOnce(joined, code)
    if (next.length === joined.length) return joined
    joined = next
  }
}

const place = (address: number, owner: number): string => `${address} ${owner}`

/** Appends each rear part to all fronts that run into it, if nothing else enters it. */
function joinOnce(blocks: readonly BlockCount[], code: Disassembly): readonly BlockCount[] {
  const fronts = new Map<string, BlockCount[]>()
  const rears = new Map<string, BlockCount[]>()
  for (const block of blocks) {
    push(rears, place(block.address, block.owner), block)
    if (runsOn(block, code)) push(fronts, place(block.address + block.bytes, block.owner), block)
  }
  const gone = new Set<BlockCount>()
  const made: BlockCount[] = []
  for (const [at, front] of fronts) {
    const [rear, ...others] = rears.get(at) ?? []
    if (rear === undefined || others.length > 0 || [rear, ...front].some(b => gone.has(b))) continue
    if (front.reduce((sum, { executed }) => sum + executed, 0) !== rear.executed) continue
    made.push(...append(front, rear))
    for (const block of [rear, ...front]) gone.add(block)
  }
  return [...blocks.filter(block => !gone.has(block)), ...made].sort(
    (a, b) => a.address - b.address || a.bytes - b.bytes || a.owner - b.owner,
  )
}

/** How often the rear was left by its branch is known in all, and what a branch costs is the same for all. */
function append(front: readonly BlockCount[], rear: BlockCount): readonly BlockCount[] {
  let taken = rear.taken
  return front.map((block): BlockCount => {
    const own = Math.min(taken, block.executed)
    taken -= own
    return {
      ...block,
      instructions: block.instructions + rear.instructions,
      bytes: block.bytes + rear.bytes,
      taken: own,
    }
  })
}

function runsOn({ address, instructions, taken }: BlockCount, code: Disassembly): boolean {
  if (taken > 0) return false
  const last = instructionsOf(code, address, instructions)[instructions - 1]
  return last !== undefined && !mayJump(last)
}

function mayJump({ mnemonic, operands }: Instruction): boolean {
  return /^(b|cb|tb|le|wls|svc|bkpt)/.test(mnemonic)
    ? !/^(bfc|bfi|bic)/.test(mnemonic)
    : /\bpc\b/.test(operands.replace(/\[.*?\]/g, ''))
}

function push(map: Map<string, BlockCount[]>, key: string, block: BlockCount): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [block])
  else known.push(block)
}
