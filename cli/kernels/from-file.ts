// Compiles a kernel file of the user's, wherever it lies.

import { readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { DiagnosticBag, type Diagnostic } from '../../compiler/diagnostics/bag.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import type { Func, Module } from '../../compiler/kir/node.ts'
import { orderForDualIssue } from '../../compiler/kir/passes/dual-issue/index.ts'
import { inlineFunctions } from '../../compiler/kir/passes/inline.ts'
import { prune } from '../../compiler/kir/passes/prune.ts'
import { Specializer } from '../../compiler/kir/passes/specialize.ts'
import { dropUnused } from '../../compiler/kir/passes/unused.ts'
import { lineReader, type ReadSource } from '../../compiler/sources.ts'
import { projectRoot, readSource } from '../sources.ts'

/** Where files from outside stand among the project's: `../../runtime/lang/types.ts` is found. */
const visitors = 'kernels/user/'

export interface FileModule {
  readonly module: Module
  /** The exported functions, specialised. */
  readonly kernels: ReadonlySet<string>
  readonly read: ReadSource
}

export function isKernelFile(name: string): boolean {
  return name.endsWith('.ts')
}

/**
 * All exported functions of a file with what they call; `statics` are the values of their Static
 * parameters, `ordered` as for a core that issues two instructions a cycle. Null after diagnostics: all of the file in one run.
 */
export function compileKernelFile(
  file: string,
  statics: Readonly<Record<string, number>>,
  bag: DiagnosticBag,
  ordered = false,
): FileModule | null {
  const inner = new DiagnosticBag()
  const compiled = compileLocated(file, statics, ordered, inner)
  bag.adopt(inner.all.map(d => underOwnName(d, dirname(file))))
  return compiled
}

/** The diagnostic with the file's path as the user knows it. */
function underOwnName(d: Diagnostic, folder: string): Diagnostic {
  const own = (text: string): string => text.replaceAll(visitors, join(folder, '/'))
  const { location } = d
  const named = 'file' in location ? { ...location, file: own(location.file) } : location
  return { ...d, text: own(d.text), location: named }
}

function compileLocated(
  file: string,
  statics: Readonly<Record<string, number>>,
  ordered: boolean,
  bag: DiagnosticBag,
): FileModule | null {
  const { path, read } = locate(file)
  const program = new KernelProgram(read, bag)
  const loaded = program.load(path)
  const library = program.module(basename(file).replace(/\W.*$/, ''))
  if (loaded === null || bag.hasErrors) return null
  const specializer = new Specializer(library, bag, lineReader(read))
  const kernels = new Set<string>()
  for (const f of exportedFunctions(loaded.functions, loaded.exported, loaded.names)) {
    const given = f.params.filter(p => p.isStatic && p.name in statics).map(p => p.name)
    const values = Object.fromEntries(given.map(name => [name, statics[name] ?? 0]))
    const name = specializer.instance(f.name, values)
    if (name !== null) kernels.add(name)
  }
  if (kernels.size === 0 || bag.errors.length > 0) return null
  const inlined = inlineFunctions(specializer.functions).map(dropUnused)
  const functions = ordered ? orderForDualIssue(inlined) : inlined
  return { module: prune({ ...library, functions }, [...kernels]), kernels, read }
}

type Loaded = NonNullable<ReturnType<KernelProgram['load']>>

function exportedFunctions(
  functions: readonly Func[],
  exported: ReadonlySet<string>,
  names: Loaded['names'],
): readonly Func[] {
  const symbols = new Set(
    [...exported].flatMap(name => {
      const declaration = names.get(name)
      return declaration?.kind === 'function' ? [declaration.signature.name] : []
    }),
  )
  return functions.filter(f => symbols.has(f.name))
}

/** A file of the project under its own path, any other beside its siblings in `visitors`. */
function locate(file: string): { readonly path: string; readonly read: ReadSource } {
  const absolute = resolve(file)
  const inside = relative(projectRoot, absolute)
  if (!inside.startsWith('..')) return { path: inside.replaceAll('\\', '/'), read: readSource }
  const folder = dirname(absolute)
  const read: ReadSource = path => {
    if (!path.startsWith(visitors)) return readSource(path)
    try {
      return readFileSync(join(folder, path.slice(visitors.length)), 'utf8')
    } catch {
      return undefined
    }
  }
  return { path: visitors + basename(absolute), read }
}
