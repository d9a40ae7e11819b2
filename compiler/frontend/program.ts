// Loads kernel files with their imports and lowers them to KIR functions, all errors in one run.

import {
  Node,
  Project,
  SyntaxKind,
  ts,
  VariableDeclarationKind,
  type ImportDeclaration,
  type InterfaceDeclaration,
  type SourceFile,
  type Statement,
  type VariableDeclaration,
  type VariableStatement,
} from 'ts-morph'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Func, Module, StructType } from '../kir/node.ts'
import { walkExpr } from '../kir/build.ts'
import { checkExpr } from '../kir/passes/check.ts'
import { foldExpr } from '../kir/passes/fold.ts'
import type { LineOf } from '../kir/passes/report.ts'
import { resolveImport, type ReadSource } from '../sources.ts'
import {
  docOf,
  importedNames,
  inliningOf,
  oddModifier,
  readConstant,
  readInterface,
  readIntrinsic,
  readSignature,
  type PendingFunction,
} from './declarations.ts'
import { builtinNames } from './builtins.ts'
import { checkEvaluationOrder } from './effects.ts'
import {
  locationOf,
  report,
  spanOf,
  type Declaration,
  type KernelFile,
  type Signature,
} from './environment.ts'
import { kernelSymbol, nameProblem } from './names.ts'
import { inCallOrder } from './order.ts'
import { FunctionScope, nestingLimit } from './scope.ts'
import { lowerExpr } from './visitors/expression.ts'
import { requireType } from './visitors/operand.ts'
import { lowerFunction } from './visitors/statement.ts'

/** The file that declares the types and built-in operations. */
export const languageFile = 'runtime/lang/types.ts'

/** What declarations outside the subset are called in a diagnostic. */
const unfamiliar: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.ClassDeclaration, 'a class'],
  [SyntaxKind.EnumDeclaration, 'an enum'],
  [SyntaxKind.ModuleDeclaration, 'a namespace'],
  [SyntaxKind.TypeAliasDeclaration, 'a type alias'],
  [SyntaxKind.ExportDeclaration, 'an export list'],
  [SyntaxKind.ExportAssignment, 'a default export'],
  [SyntaxKind.ImportEqualsDeclaration, "'import ='"],
])

const broken: Declaration = { kind: 'broken' }

/** A set of kernel files under compilation. Files and functions are lowered once. */
export class KernelProgram {
  readonly #read: ReadSource
  readonly #bag: DiagnosticBag
  readonly #project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  })
  readonly #files = new Map<string, KernelFile>()
  readonly #structs = new Map<string, StructType>()
  readonly #symbols = new Set<string>()
  /** Name in the source by symbol. */
  readonly #sources = new Map<string, string>()
  #ordered: readonly Func[] = []
  /** Files being lowered, which one of their imports leads back to when there is a cycle. */
  readonly #loading = new Set<string>()

  constructor(read: ReadSource, bag: DiagnosticBag) {
    this.#read = read
    this.#bag = bag
  }

  /** Lowers a file with everything it imports. Null when it cannot be read. */
  load(path: string): KernelFile | null {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    const text = this.#read(path)
    if (text === undefined) {
      this.#bag.add('TH1008', { kind: 'file', file: path }, { path })
      return null
    }
    const structs = this.#structs
    const file: KernelFile = { path, names: new Map(), exported: new Set(), structs, functions: [] }
    this.#files.set(path, file)
    this.#loading.add(path)
    try {
      const source = this.#project.createSourceFile(path, text, { overwrite: true })
      if (!this.#reportSyntax(file, source)) this.#lowerFile(file, source)
    } catch (error) {
      // TypeScript's own parser is recursive; source nested deeper than its stack ends here.
      if (!(error instanceof RangeError)) throw error
      this.#bag.add('TH1049', { kind: 'file', file: path }, { limit: nestingLimit })
    }
    this.#loading.delete(path)
    return file
  }

  /** Symbol of an exported function of a loaded file, or null after a diagnostic. */
  entry(path: string, name: string): Signature | null {
    const file = this.load(path)
    const declaration = file?.names.get(name)
    if (file === null || declaration?.kind !== 'function' || !file.exported.has(name)) {
      if (file !== null) this.#bag.add('TH1007', { kind: 'file', file: path }, { path, name })
      return null
    }
    return declaration.signature
  }

  /** Everything loaded so far, callees before callers. Recursion is reported. */
  module(name: string): Module {
    const structs = [...this.#structs.values()]
    return { name, structs, functions: this.#functions(), data: [] }
  }

  readonly #lineOf: LineOf = (file, line) =>
    this.#read(file)?.split('\n')[line - 1]?.replace(/\r$/, '') ?? ''

  /** All functions in the order of their calls; kept until a file is added, unless it has errors. */
  #functions(): readonly Func[] {
    const functions: Func[] = [...this.#files.values()].flatMap(file => file.functions)
    if (this.#ordered.length === functions.length) return this.#ordered
    const before = this.#bag.errors.length
    const ordered = this.#inOrder(functions)
    if (this.#bag.errors.length === before) this.#ordered = ordered
    return ordered
  }

  #inOrder(functions: readonly Func[]): readonly Func[] {
    const lineOf = this.#lineOf
    const nameOf = (symbol: string): string => this.#sources.get(symbol) ?? symbol
    const reporter = { bag: this.#bag, lineOf, nameOf }
    const ordered = inCallOrder(functions, reporter)
    checkEvaluationOrder(ordered, reporter)
    return ordered
  }

  #reportSyntax(file: KernelFile, source: SourceFile): boolean {
    const program = this.#project.getProgram().compilerObject
    const found = program.getSyntacticDiagnostics(source.compilerNode)
    for (const d of found) {
      const detail = ts.flattenDiagnosticMessageText(d.messageText, ' ')
      const place = locationOf(file.path, source, d.start, d.start + d.length)
      this.#bag.add('TH1001', place, { detail })
    }
    return found.length > 0
  }

  #lowerFile(file: KernelFile, source: SourceFile): void {
    const pending: PendingFunction[] = []
    // Types first: a function may name an interface that is declared below it.
    const isType = (s: Statement): boolean =>
      Node.isImportDeclaration(s) || Node.isInterfaceDeclaration(s)
    const statements = source.getStatements()
    for (const s of statements.filter(isType)) this.#declare(file, s, pending)
    for (const s of statements.filter(s => !isType(s))) this.#declare(file, s, pending)
    for (const f of pending) {
      const body = lowerFunction(file, f, this.#bag)
      if (body === null) continue
      file.functions.push({
        name: f.signature.name,
        doc: f.doc,
        params: f.signature.params,
        result: f.signature.result,
        body,
        inlining: f.inlining,
        intrinsic: f.intrinsic,
        span: spanOf(file.path, f.node),
      })
    }
  }

  #declare(file: KernelFile, node: Statement, pending: PendingFunction[]): void {
    if (Node.isImportDeclaration(node)) {
      this.#import(file, node)
    } else if (Node.isInterfaceDeclaration(node)) {
      this.#interface(file, node)
    } else if (Node.isFunctionDeclaration(node)) {
      const source = node.getName()
      if (source === undefined) {
        report(this.#bag, file.path, 'TH1041', node, { what: 'a function without a name' })
        return
      }
      this.#function(file, source, node, pending, null, node)
      if (node.isExported()) file.exported.add(source)
    } else if (Node.isVariableStatement(node)) {
      this.#constants(file, node, pending)
    } else {
      const what = unfamiliar.get(node.getKind()) ?? 'this statement'
      report(this.#bag, file.path, 'TH1005', node, { what })
    }
  }

  #name(
    file: KernelFile,
    node: Node,
    name: string,
    declaration: Parameters<KernelFile['names']['set']>[1],
  ): void {
    const known = file.names.get(name)
    if (known !== undefined && known.kind !== 'broken' && declaration.kind !== 'broken') {
      report(this.#bag, file.path, 'TH1006', node, { name })
    }
    file.names.set(name, declaration)
  }

  #interface(file: KernelFile, node: InterfaceDeclaration): void {
    const source = node.getName()
    const modifier = oddModifier(node)
    const reason = nameProblem(source)
    if (modifier !== '') report(this.#bag, file.path, 'TH1041', node, { what: `'${modifier}'` })
    if (reason !== null) report(this.#bag, file.path, 'TH1047', node, { name: source, reason })
    let name = source
    for (let n = 2; this.#structs.has(name); n++) name = `${source}${n}`
    const struct = readInterface(file, node, name, this.#bag)
    this.#structs.set(name, struct)
    this.#name(file, node, source, { kind: 'struct', struct })
    if (node.isExported()) file.exported.add(source)
  }

  #import(file: KernelFile, node: ImportDeclaration): void {
    const specifier = node.getModuleSpecifierValue()
    const clause = node.getImportClause()?.compilerNode
    if (clause?.name !== undefined || clause?.namedBindings?.kind !== ts.SyntaxKind.NamedImports) {
      report(this.#bag, file.path, 'TH1052', node, { path: specifier })
      return
    }
    const declarations = this.#imported(file, node, specifier)
    for (const { local, name } of importedNames(node)) {
      const declaration = declarations === null ? broken : declarations(name)
      if (declaration === undefined) {
        report(this.#bag, file.path, 'TH1004', node, { path: specifier, name })
      }
      this.#name(file, node, local, declaration ?? broken)
    }
  }

  /** What the names of an imported file stand for; null after a diagnostic. */
  #imported(
    file: KernelFile,
    node: ImportDeclaration,
    specifier: string,
  ): ((name: string) => Declaration | undefined) | null {
    const path = resolveImport(file.path, specifier)
    const allowed = /^runtime\/lang\/[^/]+\.ts$/.test(path) || path.endsWith('.kernel.ts')
    if (!/^\.\.?\//.test(specifier) || !allowed) {
      return report(this.#bag, file.path, 'TH1003', node, { path: specifier })
    }
    if (path === languageFile) {
      return name => (builtinNames.has(name) ? { kind: 'builtin', name } : undefined)
    }
    if (this.#read(path) === undefined) {
      return report(this.#bag, file.path, 'TH1002', node, { path: specifier })
    }
    if (this.#loading.has(path)) {
      return report(this.#bag, file.path, 'TH1009', node, { path: specifier })
    }
    const target = this.load(path)
    return name => (target?.exported.has(name) === true ? target.names.get(name) : undefined)
  }

  #function(
    file: KernelFile,
    source: string,
    node: PendingFunction['node'],
    pending: PendingFunction[],
    intrinsic: PendingFunction['intrinsic'],
    documented: Node,
  ): void {
    const name = kernelSymbol(file.path, source, this.#symbols)
    this.#sources.set(name, source)
    const signature = readSignature(file, node, source, name, this.#bag)
    this.#name(file, node, source, signature === null ? broken : { kind: 'function', signature })
    pending.push({
      signature: signature ?? { source, name, params: [], result: 'void' },
      broken: signature === null,
      node,
      doc: docOf(documented),
      inlining: inliningOf(documented),
      intrinsic,
    })
  }

  #constants(file: KernelFile, node: VariableStatement, pending: PendingFunction[]): void {
    const keyword = node.getDeclarationKind()
    const odd = keyword === VariableDeclarationKind.Const ? oddModifier(node) : keyword
    if (odd !== '') {
      report(this.#bag, file.path, 'TH1005', node, { what: `'${odd}'` })
      for (const d of node.getDeclarations()) file.names.set(d.getName(), broken)
      return
    }
    for (const declaration of node.getDeclarations()) {
      const name = declaration.getName()
      const initializer = declaration.getInitializer()
      if (node.isExported()) file.exported.add(name)
      if (Node.isCallExpression(initializer) && isIntrinsic(file, initializer.getExpression())) {
        const read = readIntrinsic(file, initializer, this.#bag)
        if (read === null) file.names.set(name, broken)
        else this.#function(file, name, read.meaning, pending, read.intrinsic, node)
        continue
      }
      const value = this.#constant(file, declaration)
      this.#name(file, declaration, name, value ?? broken)
    }
  }

  /** Null after a diagnostic. */
  #constant(file: KernelFile, declaration: VariableDeclaration): Declaration | null {
    const name = declaration.getName()
    const signature: Signature = { source: name, name, params: [], result: 'void' }
    const scope = new FunctionScope(file, signature, this.#bag, lowerExpr)
    const constant = readConstant(file, declaration, scope, this.#bag)
    if (constant === null) return null
    const expr = lowerExpr(scope, constant.value, constant.type)
    const typed = expr === null ? null : requireType(scope, constant.value, expr, constant.type)
    if (typed === null) return null
    const value = foldExpr(typed)
    if (value.kind === 'const') return { kind: 'constant', value }
    const before = this.#bag.errors.length
    walkExpr(value, e => {
      checkExpr(e, this.#bag, this.#lineOf)
    })
    return this.#bag.errors.length > before
      ? null
      : scope.report('TH1055', constant.value, { name })
  }
}

function isIntrinsic(file: KernelFile, callee: Node): boolean {
  const declaration = file.names.get(callee.getText())
  return declaration?.kind === 'builtin' && declaration.name === 'defineIntrinsic'
}
