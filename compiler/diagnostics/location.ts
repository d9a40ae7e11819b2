// Where a diagnostic points: a source span, an operator of a model, a file, or nowhere.

export interface SourceLocation {
  readonly kind: 'source'
  readonly file: string
  /** 1-based line and column of the first character. */
  readonly line: number
  readonly column: number
  /** Length in characters of what is underlined, within its line. */
  readonly length: number
  /** The text of that line, so that formatting needs no file access. */
  readonly lineText: string
}

export interface OperatorLocation {
  readonly kind: 'operator'
  readonly file: string
  /** Position of the operator in the model's subgraph. */
  readonly index: number
  /** TFLite name of the operator, for example CONV_2D. */
  readonly operator: string
  /** Name of the operator's first output tensor, '' when it has none. */
  readonly name: string
}

export interface FileLocation {
  readonly kind: 'file'
  readonly file: string
}

export type Location = SourceLocation | OperatorLocation | FileLocation | { readonly kind: 'none' }

export const nowhere: Location = { kind: 'none' }
