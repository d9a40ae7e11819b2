// Symbols of kernel functions: one spelling for every backend.

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
