// Flags for `thimble_kernels.c` beside the optimisation level, for each compiler of Arm cores.

/**
 * Kernels are written so that their sums stay in registers. gcc's scheduler before register allocation makes
 * them overlap; its induction variables and final values of loops add pointers that do not fit beside them.
 * Where the compiler has ordered the statements for two at a time the default allocator is the better one,
 * over the whole function instead of loop by loop; elsewhere it prefers coalesced copies to the sums.
 */
const gccFlags: readonly string[] = ['-fno-schedule-insns', '-fno-ivopts', '-fno-tree-scev-cprop']

/** `dualIssue`: the kernels were ordered for a core that issues two instructions a cycle. */
export function gccKernelFlags(dualIssue: boolean): readonly string[] {
  const allocator = dualIssue
    ? ['-fira-algorithm=CB', '-fira-region=one']
    : ['-fira-algorithm=priority', '-fno-schedule-insns2']
  return [...gccFlags, ...allocator]
}

/** clang keeps a register for frames unless it is told not to, and unrolls what is unrolled. */
export const clangKernelFlags: readonly string[] = ['-fomit-frame-pointer', '-fno-unroll-loops']
