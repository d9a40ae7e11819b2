// What a caller may choose when a program is built for a host that runs emitted C.

/** A byte, or several that take turns from one inference of a `run()` to the next. */
export type Fill = number | readonly number[]

export interface FillOptions {
  /** What fills the arena before each inference, so that no result can depend on it; default 0xa5. */
  readonly fill?: Fill
}

const defaultFill = 0xa5

/** The fill of inference number `index` of a run. */
export function fillOf({ fill = defaultFill }: FillOptions, index: number): number {
  return typeof fill === 'number' ? fill : (fill[index % fill.length] ?? defaultFill)
}

/** Compilers for Cortex-M: `gcc` is arm-none-eabi-gcc, which also links what `clang` has compiled. */
export type ArmCompiler = 'gcc' | 'clang'

export const armCompilers = ['gcc', 'clang'] as const satisfies readonly ArmCompiler[]

export interface BuildOptions {
  /** Compiles the package for Cortex-M; default `gcc`. The harness around it is always gcc's. */
  readonly compiler?: ArmCompiler
  /** Further compiler flags for the package. */
  readonly flags?: readonly string[]
  /** Compile the package with `strictFlags`: any warning is a refusal. */
  readonly strict?: boolean
  /** Limit for compiling one file (for emcc, the whole package); default 180. */
  readonly compileSeconds?: number
}

export interface RunOptions extends BuildOptions, FillOptions {
  /** Limit for one `run()`, all inferences together; default 300. */
  readonly timeoutSeconds?: number
}

export interface NativeOptions extends RunOptions {
  /** Build with AddressSanitizer and UndefinedBehaviorSanitizer; a report ends the run. */
  readonly sanitize?: boolean
}

export interface QemuOptions extends RunOptions {
  /** `mps2-an386` (Cortex-M4) or `mps2-an500` (Cortex-M7). */
  readonly board: string
}

export const defaultTimeoutSeconds = 300
