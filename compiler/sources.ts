// How kernel source text is read: a function passed in, so that disk and browser are alike.

/** The text of a project file by its path from the project root, or undefined when there is none. */
export type ReadSource = (path: string) => string | undefined

/** Joins a relative import with the folder of the file that imports it; posix separators. */
export function resolveImport(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** Reads single lines of source files for diagnostics; '' where there is none. */
export function lineReader(read: ReadSource): (file: string, line: number) => string {
  return (file, line) => read(file)?.split('\n')[line - 1] ?? ''
}
