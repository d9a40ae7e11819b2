// Cost tables: cycles of kernels on a core, fitted to measurements.

export type CostCompiler = 'gcc' | 'clang'

/** Cycles by feature: the names of a call's counts, and `calls` for making it once. */
export type Coefficients = Readonly<Record<string, number>>

/** How well coefficients give the samples they were fitted to back, as parts of what was measured. */
export interface Residuals {
  readonly samples: number
  readonly meanError: number
  readonly worstError: number
}

/** Coefficients of the instances of a kernel that have these values of static parameters. */
export interface InstanceCosts extends Residuals {
  readonly statics: Readonly<Record<string, number>>
  readonly cycles: Coefficients
}

export interface KernelCosts extends Residuals {
  /** `<operator folder>/<variant>`. */
  readonly kernel: string
  /** For instances that are not listed. */
  readonly cycles: Coefficients
  readonly instances: readonly InstanceCosts[]
}

export interface CostTable {
  readonly core: string
  readonly compiler: CostCompiler
  /** First line of what the compiler says of itself. */
  readonly compilerVersion: string
  readonly flags: readonly string[]
  /** What was measured and with which seed: enough to do it again. */
  readonly measured: string
  readonly seed: number
  readonly samples: number
  /** Cycles of the model's own function for each call it makes: written out one by one, or streamed. */
  readonly callCycles: { readonly whole: number; readonly streamed: number }
  /** By kernel name. */
  readonly kernels: readonly KernelCosts[]
}

/** What is wrong with a table, as sentences; empty when it is sound. */
export function validateCostTable(
  table: CostTable,
  cores: ReadonlyMap<string, unknown>,
): readonly string[] {
  const problems: string[] = []
  if (!cores.has(table.core)) problems.push(`core '${table.core}' is not known`)
  if (!['gcc', 'clang'].includes(table.compiler)) {
    problems.push(`compiler '${table.compiler}' is neither gcc nor clang`)
  }
  if (table.compilerVersion.trim() === '') problems.push('the version of the compiler is missing')
  if (table.flags.length === 0) problems.push('the flags of the compiler are missing')
  for (const [name, cycles] of Object.entries(table.callCycles)) {
    if (!isCost(cycles)) problems.push(`callCycles.${name} is no number of cycles`)
  }
  const names = table.kernels.map(({ kernel }) => kernel)
  if (names.length === 0) problems.push('there are no kernels')
  names.forEach((name, i) => {
    if (!/^[a-z0-9_]+\/[a-z0-9_]+$/.test(name)) problems.push(`'${name}' is no name of a kernel`)
    if (i > 0 && name <= names[i - 1]!) problems.push(`'${name}' is not in the order of names`)
  })
  for (const kernel of table.kernels) problems.push(...kernelProblems(kernel))
  const samples = table.kernels.reduce((sum, kernel) => sum + kernel.samples, 0)
  if (samples !== table.samples) problems.push(`the kernels have ${samples} samples altogether`)
  return problems
}

function kernelProblems(kernel: KernelCosts): readonly string[] {
  const sets = [kernel, ...kernel.instances]
  const problems = sets.flatMap(({ cycles, samples, meanError, worstError }, i) => {
    const where = i === 0 ? kernel.kernel : `instance ${i} of ${kernel.kernel}`
    const found: string[] = []
    const values = Object.values(cycles)
    if (!values.every(isCost)) found.push(`${where}: coefficients are no numbers of cycles`)
    if (!values.some(value => value > 0)) found.push(`${where} costs nothing`)
    if (!Number.isInteger(samples) || samples < 1) found.push(`${where} was not measured`)
    if (!isCost(meanError) || !isCost(worstError) || meanError > worstError) {
      found.push(`${where}: the errors are not sensible`)
    }
    return found
  })
  const keys = kernel.instances.map(({ statics }) => JSON.stringify(statics))
  if (new Set(keys).size < keys.length)
    problems.push(`${kernel.kernel}: an instance is there twice`)
  return problems
}

function isCost(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}
