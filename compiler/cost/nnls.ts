// Least squares with coefficients that are not negative (Lawson and Hanson, Solving Least Squares Problems, 23.3).

/**
 * The x >= 0 with the least |A x - b|². `rows` of A have as many entries as x. Columns are scaled to
 * length 1 first, and a hair of ridge keeps columns that say the same apart.
 */
export function nonNegativeLeastSquares(
  rows: readonly (readonly number[])[],
  b: readonly number[],
): number[] {
  const width = rows[0]?.length ?? 0
  const lengths = Array.from({ length: width }, (_, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + row[j]! * row[j]!, 0)),
  )
  const scaled = rows.map(row =>
    row.map((value, j) => (lengths[j] === 0 ? 0 : value / lengths[j]!)),
  )
  const gram = Array.from({ length: width }, (_, i) =>
    Array.from(
      { length: width },
      (_, j) => product(scaled, i, row => row[j]!) + (i === j ? ridge : 0),
    ),
  )
  const right = Array.from({ length: width }, (_, j) => product(scaled, j, (_, i) => b[i]!))
  const x = solveNonNegative(gram, right)
  return x.map((value, j) => (lengths[j] === 0 ? 0 : value / lengths[j]!))
}

const ridge = 1e-9
const tolerance = 1e-10

function product(
  rows: readonly (readonly number[])[],
  column: number,
  other: (row: readonly number[], index: number) => number,
): number {
  return rows.reduce((sum, row, i) => sum + row[column]! * other(row, i), 0)
}

/** Minimises xᵀGx/2 - rᵀx over x >= 0: columns enter one by one, and leave when they become negative. */
function solveNonNegative(gram: readonly number[][], right: readonly number[]): number[] {
  const width = right.length
  let x = new Array<number>(width).fill(0)
  const active = new Set<number>()
  for (let turn = 0; turn < 30 * width + 30; turn++) {
    const slope = (j: number): number =>
      right[j]! - gram[j]!.reduce((sum, value, i) => sum + value * x[i]!, 0)
    let best = -1
    for (let j = 0; j < width; j++) {
      if (active.has(j) || slope(j) <= tolerance) continue
      if (best < 0 || slope(j) > slope(best)) best = j
    }
    if (best < 0) break
    active.add(best)
    for (;;) {
      const next = solveActive(gram, right, [...active])
      const falling = [...active].filter(j => next[j]! <= 0)
      if (falling.length === 0) {
        x = next
        break
      }
      // As far towards the solution as nothing becomes negative.
      const step = Math.min(
        ...falling.map(j => (x[j]! === next[j]! ? 0 : x[j]! / (x[j]! - next[j]!))),
      )
      x = x.map((value, j) => (active.has(j) ? value + step * (next[j]! - value) : 0))
      const leaving = falling.reduce((a, j) => (x[j]! < x[a]! ? j : a))
      for (const j of falling) if (x[j]! <= 1e-15 || j === leaving) active.delete(j)
      x = x.map((value, j) => (active.has(j) ? value : 0))
    }
  }
  return x
}

/** The unconstrained solution for some columns, 0 elsewhere: Cholesky. */
function solveActive(
  gram: readonly number[][],
  right: readonly number[],
  columns: readonly number[],
): number[] {
  const n = columns.length
  const factor = columns.map(() => new Array<number>(n).fill(0))
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = gram[columns[i]!]![columns[j]!]!
      for (let k = 0; k < j; k++) sum -= factor[i]![k]! * factor[j]![k]!
      factor[i]![j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / factor[j]![j]!
    }
  }
  const forward = new Array<number>(n).fill(0)
  for (let i = 0; i < n; i++) {
    let sum = right[columns[i]!]!
    for (let k = 0; k < i; k++) sum -= factor[i]![k]! * forward[k]!
    forward[i] = sum / factor[i]![i]!
  }
  const result = new Array<number>(right.length).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    let sum = forward[i]!
    for (let k = i + 1; k < n; k++) sum -= factor[k]![i]! * result[columns[k]!]!
    result[columns[i]!] = sum / factor[i]![i]!
  }
  return result
}
