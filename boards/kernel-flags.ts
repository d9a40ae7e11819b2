// Flags for `thimble_kernels.c` beside the optimisation level, for each compiler of Arm cores.

/**
 * Kernels are written so that their sums stay in registers. gcc's scheduler before register allocation makes
 * them overlap; its induction variables and final values of loops add pointers that do not fit beside them.
 */
const gccFlags: readonly string[] = ['-fno-schedule-insns', '-fno-ivopts', '-fno-tree-scev-cprop']

/** What kernels were made for. */
export interface KernelCore {
  /** They use the DSP extension. */
  readonly dsp: boolean
  /** They were ordered for a core that issues two instructions a cycle. */
  readonly dualIssue: boolean
}

/**
 * Sums of the DSP kernels stay in registers if they are allocated over whole functions, not loop by loop. With
 * the eight registers of a core without it coalesced copies are better, of which the other algorithm makes
 * more. gcc's scheduler behind it helps where two instructions are issued at once, and nowhere else.
 */
export function gccKernelFlags({ dsp, dualIssue }: KernelCore): readonly string[] {
  const allocator = dsp ? ['-fira-algorithm=CB', '-fira-region=one'] : ['-fira-algorithm=priority']
  return [...gccFlags, ...allocator, ...(dualIssue ? [] : ['-fno-schedule-insns2'])]
}

/** clang keeps a register for frames unless it is told not to, and unrolls what is unrolled. */
export const clangKernelFlags: readonly string[] = ['-fomit-frame-pointer', '-fno-unroll-loops']
