// Blocks: what a placement moves around, and what it answers.

/** Bytes in use from step `first` to step `last`, both included: equal lifetimes do overlap. */
export interface Part {
  readonly bytes: number
  readonly first: number
  readonly last: number
}

/**
 * Bytes that share one offset, in the order of time: a tensor, scratch, or a chain of tensors merged
 * in place, which may shrink from link to link. Parts follow each other without a gap in time.
 */
export type Block = readonly Part[]

export interface Layout {
  /** By block. */
  readonly offsets: readonly number[]
  /** End of the last used byte. */
  readonly bytes: number
}

/** How much work may still be done, in comparisons of two blocks; placing lowers it. */
export interface Effort {
  left: number
}

export function roundUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment
}
