// The comparison of portable and reference kernels as a table in Markdown.

/** A shape with one kind of weights; cycles are modelled. */
export interface PortableRow {
  readonly op: string
  readonly shape: string
  /** Spread evenly over int8, or over a quarter of it, about as weights of trained layers are. */
  readonly weights: 'trained' | 'full'
  readonly macs: number
  readonly reference: number
  readonly portable: number
  readonly ratio: number
  readonly cyclesPerMac: number
}

/** A line for each shape: cycles per MAC of the portable kernel, and how often they go into the reference's. */
export function portableTable(rows: readonly PortableRow[]): string {
  const lines = rows
    .filter(({ weights }) => weights === 'trained')
    .map(trained => {
      const full = rows.find(
        row => row.weights === 'full' && row.op === trained.op && row.shape === trained.shape,
      )
      const figures = [trained, full].map(row =>
        row === undefined ? '' : `${row.cyclesPerMac.toFixed(2)} | ${row.ratio.toFixed(2)}`,
      )
      return `| ${trained.op} | ${trained.shape} | ${figures.join(' | ')} |`
    })
  const head = [
    '| operator | shape | cycles per MAC | times faster | weights over all of int8 | times faster |',
    '|---|---|---|---|---|---|',
  ]
  return [...head, ...lines].join('\n')
}
