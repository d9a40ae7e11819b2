// Reads the type annotations of the subset.

import { Node, type TypeNode } from 'ts-morph'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { ScalarType, Type } from '../kir/node.ts'
import { isWide } from '../kir/types.ts'
import { report, scalarTypes, type KernelFile } from './environment.ts'

export interface TypeAnnotation {
  readonly type: Type | 'void'
  readonly isStatic: boolean
}

const forbidden: ReadonlySet<string> = new Set(['any', 'unknown', 'object', 'never'])

/** The KIR type an annotation names, or null after a diagnostic. */
export function readType(
  file: KernelFile,
  node: TypeNode,
  bag: DiagnosticBag,
): TypeAnnotation | null {
  const text = node.getText()
  if (text === 'void') return { type: 'void', isStatic: false }
  if (text === 'boolean') return { type: 'bool', isStatic: false }
  if (forbidden.has(text)) return report(bag, file.path, 'TH1019', node, { type: text })
  if (text === 'string') return report(bag, file.path, 'TH1022', node)
  if (!Node.isTypeReference(node)) return report(bag, file.path, 'TH1011', node, { type: text })
  const name = node.getTypeName().getText()
  const declaration = file.names.get(name)
  if (declaration?.kind === 'broken') return null
  const [argument, ...more] = node.getTypeArguments()
  if (argument !== undefined) {
    if (declaration?.kind !== 'builtin' || more.length > 0) {
      return report(bag, file.path, 'TH1011', node, { type: text })
    }
    const inner = readType(file, argument, bag)
    if (inner === null) return null
    return applyGeneric(file, node, declaration.name, inner, bag)
  }
  // The imported name counts, not what the file calls it.
  if (declaration?.kind === 'builtin' && isScalarName(declaration.name)) {
    return { type: declaration.name, isStatic: false }
  }
  if (declaration?.kind === 'struct') {
    return { type: { kind: 'struct', name: declaration.struct.name }, isStatic: false }
  }
  return report(bag, file.path, 'TH1011', node, { type: text })
}

function applyGeneric(
  file: KernelFile,
  node: TypeNode,
  name: string,
  inner: TypeAnnotation,
  bag: DiagnosticBag,
): TypeAnnotation | null {
  const scalar = typeof inner.type === 'string' && inner.type !== 'void' ? inner.type : null
  if (name === 'Static' && (scalar === null || inner.isStatic || !canBeStatic(scalar))) {
    return report(bag, file.path, 'TH1053', node)
  }
  if (scalar !== null && !inner.isStatic) {
    if (name === 'Static') return { type: scalar, isStatic: true }
    if (name === 'Ptr' || name === 'ConstPtr') {
      return {
        type: { kind: 'ptr', to: scalar, readonly: name === 'ConstPtr' },
        isStatic: false,
      }
    }
  }
  return report(bag, file.path, 'TH1011', node, { type: node.getText() })
}

/** Values that instances are named after: integers of up to 32 bits, and bool. */
function canBeStatic(type: ScalarType): boolean {
  return type !== 'f32' && !isWide(type)
}

export function isScalarName(name: string): name is ScalarType {
  return scalarTypes.has(name)
}
