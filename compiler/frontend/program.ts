// Loads kernel files with their imports and lowers them to KIR functions, all errors in one run.

import {
  Node,
  Project,
  ts,
  type SourceFile,
  type Statement,
  type VariableStatement,
} from 'ts-morph'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Func, Module, StructType } from '../kir/node.ts'
import { resolveImport, type ReadSource } from '../sources.ts'
import {
  docOf,
  importedNames,
  isMarkedInline,
  readConstant,
  readInterface,
  readIntrinsic,
  readSignature,
  type PendingFunction,
} from './declarations.ts'
import { FunctionScope, report, spanOf, type KernelFile, type Signature } from './environment.ts'
import { kernelSymbol } from './names.ts'
import { inCallOrder } from './order.ts'
import { lowerExpr } from './visitors/expression.ts'
import { requireType } from './visitors/operand.ts'
import { lowerFunction } from './visitors/statement.ts'
import { foldExpr } from '../kir/passes/fold.ts'

/** The file that declares the types and built-in operations. */
export const languageFile = 'runtime/lang/types.ts'

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
    const file: KernelFile = { path, names: new Map(), exported: new Set(), functions: [] }
    this.#files.set(path, file)
    const source = this.#project.createSourceFile(path, text, { overwrite: true })
    if (this.#reportSyntax(file, source)) return file
    this.#lowerFile(file, source)
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
    const functions: Func[] = [...this.#files.values()].flatMap((file) => file.functions)
    return {
      name,
      structs: [...this.#structs.values()],
      functions: inCallOrder(functions, this.#bag, this.#read),
      data: [],
    }
  }

  #reportSyntax(file: KernelFile, source: SourceFile): boolean {
    const program = this.#project.getProgram().compilerObject
    const found = program.getSyntacticDiagnostics(source.compilerNode)
    for (const d of found) {
      const { line, character } = source.compilerNode.getLineAndCharacterOfPosition(d.start)
      const lineText = source.getFullText().split('\n')[line] ?? ''
      const place = { kind: 'source', file: file.path, line: line + 1, column: character + 1 } as const
      const detail = ts.flattenDiagnosticMessageText(d.messageText, ' ')
      this.#bag.add('TH1001', { ...place, length: d.length, lineText }, { detail })
    }
    return found.length > 0
  }

  #lowerFile(file: KernelFile, source: SourceFile): void {
    const pending: PendingFunction[] = []
    for (const statement of source.getStatements()) this.#declare(file, statement, pending)
    for (const f of pending) {
      const body = lowerFunction(file, f, this.#bag)
      if (body === null) continue
      file.functions.push({
        name: f.signature.name,
        doc: f.doc,
        params: f.signature.params,
        result: f.signature.result,
        body,
        inline: f.inline,
        intrinsic: f.intrinsic,
        span: spanOf(file.path, f.node),
      })
    }
  }

  #declare(file: KernelFile, node: Statement, pending: PendingFunction[]): void {
    if (Node.isImportDeclaration(node)) {
      this.#import(file, node)
    } else if (Node.isInterfaceDeclaration(node)) {
      const struct = readInterface(file, node, this.#bag)
      this.#structs.set(struct.name, struct)
      this.#name(file, node, struct.name, { kind: 'struct', struct })
      if (node.isExported()) file.exported.add(struct.name)
    } else if (Node.isFunctionDeclaration(node)) {
      const source = node.getName() ?? ''
      this.#function(file, source, node, pending, null, node)
      if (node.isExported()) file.exported.add(source)
    } else if (Node.isVariableStatement(node)) {
      this.#constants(file, node, pending)
    } else {
      const what = Node.isClassDeclaration(node) ? 'a class' : 'this statement'
      report(this.#bag, file.path, 'TH1005', node, { what })
    }
  }

  #name(
    file: KernelFile,
    node: Node,
    name: string,
    declaration: Parameters<KernelFile['names']['set']>[1],
  ): void {
    if (file.names.has(name)) report(this.#bag, file.path, 'TH1006', node, { name })
    file.names.set(name, declaration)
  }

  #import(file: KernelFile, node: Parameters<typeof importedNames>[0]): void {
    const specifier = node.getModuleSpecifierValue()
    const path = resolveImport(file.path, specifier)
    if (path === languageFile) {
      for (const { local, name } of importedNames(node)) {
        this.#name(file, node, local, { kind: 'builtin', name })
      }
      return
    }
    const allowed = path.startsWith('runtime/lang/') || path.endsWith('.kernel.ts')
    if (!specifier.startsWith('.') || !allowed) {
      report(this.#bag, file.path, 'TH1003', node, { path: specifier })
      return
    }
    if (this.#read(path) === undefined) {
      report(this.#bag, file.path, 'TH1002', node, { path: specifier })
      return
    }
    const target = this.load(path)
    for (const { local, name } of importedNames(node)) {
      const declaration = target?.names.get(name)
      if (declaration === undefined || target?.exported.has(name) !== true) {
        report(this.#bag, file.path, 'TH1004', node, { path: specifier, name })
      } else {
        this.#name(file, node, local, declaration)
      }
    }
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
    const signature = readSignature(file, node, source, name, this.#bag)
    if (signature === null) return
    this.#name(file, node, source, { kind: 'function', signature })
    const inline = isMarkedInline(documented)
    pending.push({ signature, node, doc: docOf(documented), inline, intrinsic })
  }

  #constants(
    file: KernelFile,
    node: VariableStatement,
    pending: PendingFunction[],
  ): void {
    for (const declaration of node.getDeclarations()) {
      const name = declaration.getName()
      const initializer = declaration.getInitializer()
      if (node.isExported()) file.exported.add(name)
      if (Node.isCallExpression(initializer) && isIntrinsic(file, initializer.getExpression())) {
        const read = readIntrinsic(file, initializer, this.#bag)
        if (read !== null) this.#function(file, name, read.meaning, pending, read.intrinsic, node)
        continue
      }
      this.#constant(file, declaration)
    }
  }

  #constant(file: KernelFile, declaration: Parameters<typeof readConstant>[1]): void {
    const name = declaration.getName()
    const signature: Signature = { source: name, name, params: [], result: 'void' }
    const scope = new FunctionScope(file, signature, this.#bag, lowerExpr)
    const constant = readConstant(file, declaration, scope, this.#bag)
    if (constant === null) return
    const expr = lowerExpr(scope, constant.value, constant.type)
    const typed = expr === null ? null : requireType(scope, constant.value, expr, constant.type)
    if (typed === null) return
    const value = foldExpr(typed)
    if (value.kind !== 'const') {
      scope.report('TH1005', constant.value, { what: 'a value that is not constant' })
      return
    }
    this.#name(file, declaration, name, { kind: 'constant', value })
  }
}

function isIntrinsic(file: KernelFile, callee: Node): boolean {
  const declaration = file.names.get(callee.getText())
  return declaration?.kind === 'builtin' && declaration.name === 'defineIntrinsic'
}
