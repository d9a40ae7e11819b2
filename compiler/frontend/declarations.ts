// Collects what a kernel file declares: imports, params interfaces, constants and functions.

import {
  Node,
  type ArrowFunction,
  type CallExpression,
  type FunctionDeclaration,
  type ImportDeclaration,
  type InterfaceDeclaration,
  type VariableDeclaration,
} from 'ts-morph'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Intrinsic, Param, StructType } from '../kir/node.ts'
import { isScalar } from '../kir/types.ts'
import { report, spanOf, type FunctionScope, type KernelFile, type Signature } from './environment.ts'
import { readType } from './types.ts'

/** A function whose body is still to be lowered. */
export interface PendingFunction {
  readonly signature: Signature
  readonly node: FunctionDeclaration | ArrowFunction
  readonly doc: string
  readonly inline: boolean
  readonly intrinsic: Intrinsic | null
}

/** Names an import brings in, by local name. */
export function importedNames(node: ImportDeclaration): { local: string; name: string }[] {
  return node.getNamedImports().map((specifier) => ({
    local: specifier.getAliasNode()?.getText() ?? specifier.getName(),
    name: specifier.getName(),
  }))
}

export function readInterface(
  file: KernelFile,
  node: InterfaceDeclaration,
  bag: DiagnosticBag,
): StructType {
  const fields: { name: string; type: StructType['fields'][number]['type'] }[] = []
  for (const member of node.getMembers()) {
    if (!Node.isPropertySignature(member) || !member.isReadonly() || member.hasQuestionToken()) {
      report(bag, file.path, 'TH1005', member, { what: 'a member that is not a readonly field' })
      continue
    }
    const annotation = member.getTypeNode()
    if (annotation === undefined) {
      report(bag, file.path, 'TH1010', member, { name: member.getName() })
      continue
    }
    const type = readType(file, annotation, bag)
    if (type === null) continue
    if (!isScalar(type.type) || type.isStatic) {
      report(bag, file.path, 'TH1011', annotation, { type: annotation.getText() })
      continue
    }
    fields.push({ name: member.getName(), type: type.type })
  }
  return { name: node.getName(), doc: docOf(node), fields, span: spanOf(file.path, node) }
}

/** Signature of a function declaration or of an intrinsic's meaning. */
export function readSignature(
  file: KernelFile,
  node: FunctionDeclaration | ArrowFunction,
  source: string,
  name: string,
  bag: DiagnosticBag,
): Signature | null {
  const refusal = node.isAsync()
    ? 'async'
    : Node.isFunctionDeclaration(node) && node.isGenerator()
      ? 'a generator'
      : node.getTypeParameters().length > 0
        ? 'a generic function'
        : null
  if (refusal !== null) return report(bag, file.path, 'TH1041', node, { what: refusal })
  let sound = true
  const params: Param[] = []
  for (const p of node.getParameters()) {
    const param = readParam(file, p, bag)
    if (param === null) sound = false
    else params.push(param)
  }
  const annotation = node.getReturnTypeNode()
  if (annotation === undefined) return report(bag, file.path, 'TH1010', node, { name: source })
  const result = readType(file, annotation, bag)
  if (result === null || !sound) return null
  return { source, name, params, result: result.type }
}

function readParam(
  file: KernelFile,
  p: ReturnType<FunctionDeclaration['getParameters']>[number],
  bag: DiagnosticBag,
): Param | null {
  const name = p.getNameNode()
  if (!Node.isIdentifier(name) || p.isRestParameter() || p.isOptional() || p.hasInitializer()) {
    return report(bag, file.path, 'TH1041', p, { what: 'an optional, rest or destructured parameter' })
  }
  const annotation = p.getTypeNode()
  if (annotation === undefined) return report(bag, file.path, 'TH1010', p, { name: name.getText() })
  const type = readType(file, annotation, bag)
  if (type === null) return null
  if (type.type === 'void') {
    return report(bag, file.path, 'TH1011', annotation, { type: 'void' })
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
  const c = fields.get('c')
  const requires = fields.get('requires')
  const asm = fields.get('asm')
  if (c === undefined || asm === undefined) return bad("it needs 'c' and 'asm'")
  if (requires !== 'base' && requires !== 'dsp' && requires !== 'mve') {
    return bad("'requires' is 'base', 'dsp' or 'mve'")
  }
  return { intrinsic: { c, requires, asm }, meaning }
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
  if (!isScalar(type.type)) {
    return scope.report('TH1011', annotation, { type: annotation.getText() })
  }
  return { type: type.type, value }
}

/** Description part of the doc comment. */
export function docOf(node: Node): string {
  if (!Node.isJSDocable(node)) return ''
  return node
    .getJsDocs()
    .map((doc) => doc.getDescription().trim())
    .join('\n')
}

export function isMarkedInline(node: Node): boolean {
  if (!Node.isJSDocable(node)) return false
  return node.getJsDocs().some((doc) => doc.getTags().some((tag) => tag.getTagName() === 'inline'))
}
