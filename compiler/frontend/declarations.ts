// Collects what a kernel file declares: imports, params interfaces, constants and functions.

import {
  Node,
  ts,
  type ArrowFunction,
  type CallExpression,
  type FunctionDeclaration,
  type ImportDeclaration,
  type InterfaceDeclaration,
  type VariableDeclaration,
} from 'ts-morph'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Inlining, Intrinsic, Param, StructType } from '../kir/node.ts'
import { isPtr, isScalar } from '../kir/types.ts'
import { report, spanOf, type KernelFile, type Signature } from './environment.ts'
import { nameProblem, spellingProblem } from './names.ts'
import type { FunctionScope } from './scope.ts'
import { isScalarName, readType } from './types.ts'

/** A function whose body is still to be lowered. */
export interface PendingFunction {
  readonly signature: Signature
  /** The signature could not be read; the body is lowered for the mistakes in it. */
  readonly broken: boolean
  readonly node: FunctionDeclaration | ArrowFunction
  readonly doc: string
  readonly inlining: Inlining
  readonly intrinsic: Intrinsic | null
}

/** Modifiers of a declaration other than 'export', decorators included; '' when there are none. */
export function oddModifier(node: Node): string {
  const { compilerNode } = node
  if (!ts.canHaveModifiers(compilerNode) && !ts.canHaveDecorators(compilerNode)) return ''
  const odd = compilerNode.modifiers?.find(m => m.kind !== ts.SyntaxKind.ExportKeyword)
  return odd?.getText() ?? ''
}

/** Names an import brings in, by local name. */
export function importedNames(node: ImportDeclaration): { local: string; name: string }[] {
  return node.getNamedImports().map(specifier => ({
    local: specifier.getAliasNode()?.getText() ?? specifier.getName(),
    name: specifier.getName(),
  }))
}

/** `name`: the interface's name, unique in the program. */
export function readInterface(
  file: KernelFile,
  node: InterfaceDeclaration,
  name: string,
  bag: DiagnosticBag,
): StructType {
  const fields: { name: string; type: StructType['fields'][number]['type'] }[] = []
  const refusal = node.getTypeParameters()[0] ?? node.getHeritageClauses()[0]
  if (refusal !== undefined) {
    report(bag, file.path, 'TH1054', refusal, { what: 'type parameters or supertypes' })
  }
  if (node.getMembers().length === 0) {
    report(bag, file.path, 'TH1054', node, { what: 'an empty body' })
  }
  for (const member of node.getMembers()) {
    if (!Node.isPropertySignature(member) || !member.isReadonly() || member.hasQuestionToken()) {
      report(bag, file.path, 'TH1054', member, { what: 'a member that is not a readonly field' })
      continue
    }
    const fieldName = member.getName()
    const reason = nameProblem(fieldName)
    if (reason !== null) report(bag, file.path, 'TH1047', member, { name: fieldName, reason })
    if (fields.some(f => f.name === fieldName)) {
      report(bag, file.path, 'TH1006', member, { name: fieldName })
    }
    const annotation = member.getTypeNode()
    if (annotation === undefined) {
      report(bag, file.path, 'TH1010', member, { name: fieldName })
      continue
    }
    const type = readType(file, annotation, bag)
    if (type === null) continue
    if (!isScalar(type.type) || type.isStatic) {
      report(bag, file.path, 'TH1054', annotation, {
        what: `a field of type ${annotation.getText()}`,
      })
      continue
    }
    fields.push({ name: fieldName, type: type.type })
  }
  return { name, doc: docOf(node), fields, span: spanOf(file.path, node) }
}

/** Signature of a function declaration or of an intrinsic's meaning; null after a diagnostic. */
export function readSignature(
  file: KernelFile,
  node: FunctionDeclaration | ArrowFunction,
  source: string,
  name: string,
  bag: DiagnosticBag,
): Signature | null {
  const modifier = oddModifier(node)
  const refusal = node.isAsync()
    ? "'async'"
    : Node.isFunctionDeclaration(node) && node.isGenerator()
      ? 'a generator'
      : node.getTypeParameters().length > 0
        ? 'a generic function'
        : modifier !== ''
          ? `'${modifier}'`
          : null
  if (refusal !== null) return report(bag, file.path, 'TH1041', node, { what: refusal })
  const reason = spellingProblem(source)
  if (reason !== null) return report(bag, file.path, 'TH1047', node, { name: source, reason })
  let sound = true
  const params: Param[] = []
  for (const p of node.getParameters()) {
    const param = readParam(file, p, bag)
    if (param === null) sound = false
    else params.push(param)
  }
  const result = readResult(file, node, source, bag)
  return result === null || !sound ? null : { source, name, params, result }
}

function readResult(
  file: KernelFile,
  node: FunctionDeclaration | ArrowFunction,
  source: string,
  bag: DiagnosticBag,
): Signature['result'] | null {
  const annotation = node.getReturnTypeNode()
  if (annotation === undefined) return report(bag, file.path, 'TH1010', node, { name: source })
  const result = readType(file, annotation, bag)
  if (result === null) return null
  if (result.isStatic) return report(bag, file.path, 'TH1053', annotation)
  if (result.type !== 'void' && !isScalar(result.type) && !isPtr(result.type)) {
    const values = { found: annotation.getText(), wanted: 'a scalar or pointer result' }
    return report(bag, file.path, 'TH1040', annotation, values)
  }
  return result.type
}

function readParam(
  file: KernelFile,
  p: ReturnType<FunctionDeclaration['getParameters']>[number],
  bag: DiagnosticBag,
): Param | null {
  const name = p.getNameNode()
  if (!Node.isIdentifier(name) || p.isRestParameter() || p.isOptional() || p.hasInitializer()) {
    return report(bag, file.path, 'TH1041', p, {
      what: 'an optional, rest or destructured parameter',
    })
  }
  const modifier = oddModifier(p)
  if (modifier !== '') return report(bag, file.path, 'TH1041', p, { what: `'${modifier}'` })
  const annotation = p.getTypeNode()
  if (annotation === undefined) return report(bag, file.path, 'TH1010', p, { name: name.getText() })
  const type = readType(file, annotation, bag)
  if (type === null) return null
  if (type.type === 'void') {
    return report(bag, file.path, 'TH1040', annotation, { found: 'void', wanted: 'a value' })
  }
  return {
    name: name.getText(),
    type: type.type,
    isStatic: type.isStatic,
    span: spanOf(file.path, p),
  }
}

/** `const NAME = defineIntrinsic({ ... }, meaning)`: the spelling and the meaning's function. */
export function readIntrinsic(
  file: KernelFile,
  call: CallExpression,
  bag: DiagnosticBag,
): { readonly intrinsic: Intrinsic; readonly meaning: ArrowFunction } | null {
  const bad = (detail: string): null => report(bag, file.path, 'TH1045', call, { detail })
  const [spelling, meaning, ...rest] = call.getArguments()
  if (!Node.isObjectLiteralExpression(spelling)) return bad('its first argument is the spelling')
  if (!Node.isArrowFunction(meaning)) return bad('its second argument is an arrow function')
  if (rest.length > 0) return bad('it takes two arguments')
  const fields = new Map<string, string>()
  for (const property of spelling.getProperties()) {
    const value = Node.isPropertyAssignment(property) ? property.getInitializer() : undefined
    if (!Node.isPropertyAssignment(property) || !Node.isStringLiteral(value)) {
      return bad('its spelling has string fields only')
    }
    fields.set(property.getName(), value.getLiteralText())
  }
  const odd = [...fields.keys()].find(name => !['c', 'requires', 'asm'].includes(name))
  if (odd !== undefined) return bad(`it has no field ${odd}`)
  const c = fields.get('c')
  const requires = fields.get('requires')
  const asm = fields.get('asm')
  if (c === undefined || asm === undefined) return bad("it needs 'c' and 'asm'")
  if (!/^(__[A-Za-z0-9_]+)?$/.test(c)) return bad("'c' is a CMSIS name such as __SMLAD, or ''")
  if (!/^[\x20-\x7e]+$/.test(asm)) return bad("'asm' is one line of plain text")
  if (requires !== 'base' && requires !== 'dsp' && requires !== 'mve') {
    return bad("'requires' is 'base', 'dsp' or 'mve'")
  }
  if (!computesNumbers(file, meaning)) return bad('its meaning takes and gives typed numbers')
  return { intrinsic: { c, requires, asm }, meaning }
}

/** Whether all parameters and the result are written as scalars. */
function computesNumbers(file: KernelFile, meaning: ArrowFunction): boolean {
  const types = [...meaning.getParameters().map(p => p.getTypeNode()), meaning.getReturnTypeNode()]
  return types.every(type => {
    const declaration = type === undefined ? undefined : file.names.get(type.getText())
    return declaration?.kind === 'builtin' && isScalarName(declaration.name)
  })
}

/** The constant's type and initialiser, or null after a diagnostic. */
export function readConstant(
  file: KernelFile,
  node: VariableDeclaration,
  scope: FunctionScope,
  bag: DiagnosticBag,
): { type: StructType['fields'][number]['type']; value: Node } | null {
  const annotation = node.getTypeNode()
  const value = node.getInitializer()
  if (annotation === undefined || value === undefined) {
    return scope.report('TH1010', node, { name: node.getName() })
  }
  const type = readType(file, annotation, bag)
  if (type === null) return null
  if (type.isStatic) return scope.report('TH1053', annotation)
  if (!isScalar(type.type)) {
    return scope.report('TH1040', annotation, { found: annotation.getText(), wanted: 'a scalar' })
  }
  return { type: type.type, value }
}

/** Description part of the doc comment. */
export function docOf(node: Node): string {
  if (!Node.isJSDocable(node)) return ''
  return node
    .getJsDocs()
    .map(doc => doc.getDescription().trim())
    .join('\n')
}

/** What `@inline` or `@noinline` in the doc comment says. */
export function inliningOf(node: Node): Inlining {
  const docs = Node.isJSDocable(node) ? node.getJsDocs() : []
  const tags = docs.flatMap(doc => doc.getTags().map(tag => tag.getTagName()))
  return tags.includes('inline') ? 'always' : tags.includes('noinline') ? 'never' : 'free'
}
