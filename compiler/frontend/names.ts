// Names: symbols of kernel functions, one spelling for every backend, and which names kernels may use.

/** camelCase to snake_case, as names are written in C. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}

/**
 * Symbol of function `source` of a file: `thimble_<function>` for the language library,
 * `thimble_<function>_<variant>` for a kernel; numbered if `used` has it already.
 */
export function kernelSymbol(path: string, source: string, used: Set<string>): string {
  const variant = /([^/]+)\.kernel\.ts$/.exec(path)?.[1]
  const base = `thimble_${snakeCase(source)}${variant === undefined ? '' : `_${snakeCase(variant)}`}`
  let name = base
  for (let n = 2; used.has(name); n++) name = `${base}_${n}`
  used.add(name)
  return name
}

const reserved: ReadonlySet<string> = new Set(
  `_ alignas alignof arguments asm auto BigInt bool break case char const continue default define do
   double else enum errno eval extern f32 false float for fortran goto i16 i32 i64 i8 if Infinity
   inline int long main Math NaN NULL Number register restrict return short signed sizeof static
   struct switch this true typedef typeof u16 u32 u64 u8 undefined union unsigned void volatile
   while`.split(/\s+/),
)

/** Why a function cannot be called `name`, whose symbol gets a prefix; null when it can. */
export function spellingProblem(name: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return 'it is not an identifier in C'
  return name.includes('__') ? 'C keeps names with two underscores for itself' : null
}

/** Why a variable, parameter, field or interface cannot be called `name`; null when it can. */
export function nameProblem(name: string): string | null {
  const problem = spellingProblem(name)
  if (problem !== null) return problem
  if (/^thimble/i.test(name)) return "names in 'thimble' belong to the generated library"
  return reserved.has(name) ? 'it has a meaning of its own in C or JavaScript' : null
}
