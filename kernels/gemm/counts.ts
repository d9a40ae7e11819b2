// How often the loops of a matrix product run: what its cost is made of.

import type { WorkCounts } from '../op.ts'
import { groupsOf, type GemmForm } from './pack.ts'

/** `pairs` of pixels computed together and `singles` left over. */
export function gemmCounts(
  { channels, depth }: { readonly channels: number; readonly depth: number },
  { fitted }: GemmForm,
  pairs: number,
  singles: number,
): WorkCounts {
  const groups = groupsOf(depth)
  // Channels left of the last block cost a block and a call more.
  const blocks = Math.ceil(channels / 4)
  const rest = channels % 4 === 0 ? 0 : 1
  return {
    pairs,
    pairBlocks: pairs * blocks,
    // Groups that take one turn are written out without a loop.
    pairGroups: groups < 8 ? 0 : pairs * blocks * groups,
    pairStraightGroups: groups < 8 ? pairs * blocks * groups : 0,
    pairExpansions: pairs * groups,
    pairRests: pairs * rest,
    pairLoops: groups < 8 ? 0 : pairs * blocks,
    // Channels with shifts of their own.
    pairOwn: fitted === null ? pairs * blocks : 0,
    singles,
    singleBlocks: singles * blocks,
    singleGroups: singles * blocks * groups,
    singleExpansions: singles * groups,
    singleRests: singles * rest,
  }
}
