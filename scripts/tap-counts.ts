// Counts a TAP stream in tests, not assertions: a block that asserts is one test, whatever the number of its assertions.
import { Parser, type Result } from 'tap-parser'

export interface Problem {
  /** Names from the file down to the assertion. */
  readonly where: readonly string[]
  readonly detail: string
}

export interface Counts {
  passed: number
  failed: number
  skipped: number
  readonly failures: Problem[]
  readonly skips: Problem[]
}

export function emptyCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] }
}

function add(total: Counts, part: Counts): void {
  total.passed += part.passed
  total.failed += part.failed
  total.skipped += part.skipped
  total.failures.push(...part.failures)
  total.skips.push(...part.skips)
}

function text(directive: string | boolean): string {
  return typeof directive === 'string' ? directive : ''
}

/** What tap says about a failed point, without the source excerpt: file, line and difference. */
function detailOf(point: Result): string {
  const diag = point.diag as Record<string, unknown> | null
  if (diag === null) return ''
  const at = diag['at'] as { fileName?: string; lineNumber?: number } | undefined
  const place = at?.fileName === undefined ? '' : `at ${at.fileName}:${at.lineNumber ?? 0}`
  const shown = ['diff', 'found', 'wanted', 'exitCode', 'signal', 'timeout', 'expired', 'stack']
  const lines = shown
    .filter(key => diag[key] !== undefined && diag[key] !== null)
    .map(key => {
      const value = diag[key]
      return `${key}: ${typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)}`
    })
  return [place, ...lines].filter(line => line !== '').join('\n')
}

/**
 * Follows one block of the stream and everything nested in it. Assertions made directly in the block are one
 * test together; a skipped or todo point is one skip; a block that fails though nothing in it did (a timeout,
 * a crash, a wrong plan) is one failure.
 */
function follow(parser: Parser, where: readonly string[]): Counts {
  const counts = emptyCounts()
  let asserted = false
  let directFailures = 0
  let child: Counts | undefined
  parser.on('child', (nested: Parser) => {
    child = follow(nested, [...where, nested.name])
  })
  parser.on('assert', (point: Result) => {
    const path = [...where, point.name]
    const inner = point.closingTestPoint ? child : undefined
    child = undefined
    if (point.skip !== false || point.todo !== false) {
      counts.skipped++
      const reason = text(point.skip !== false ? point.skip : point.todo)
      counts.skips.push({ where: path, detail: reason === 'true' ? '' : reason })
      return
    }
    if (inner === undefined) {
      asserted = true
      if (!point.ok) directFailures++
    } else {
      add(counts, inner)
      if (!point.ok && inner.failed === 0) counts.failed++
    }
    const isNews = inner === undefined || inner.failed === 0
    if (!point.ok && isNews) counts.failures.push({ where: path, detail: detailOf(point) })
  })
  parser.on('complete', () => {
    if (!asserted) return
    if (directFailures > 0) counts.failed++
    else counts.passed++
  })
  return counts
}

/** Feeds on a TAP stream; `counts` is complete when the stream has ended. `ms`: what a file took, if it says so. */
export function tapCounter(onFile: (name: string, counts: Counts, ms: number | null) => void): {
  readonly stream: NodeJS.WritableStream
  readonly counts: Counts
} {
  const parser = new Parser()
  const counts = emptyCounts()
  let child: Counts | undefined
  parser.on('child', (file: Parser) => {
    child = follow(file, [file.name])
  })
  parser.on('assert', (point: Result) => {
    const inner = child ?? emptyCounts()
    child = undefined
    if (point.skip !== false) {
      inner.skipped++
      inner.skips.push({ where: [point.name], detail: text(point.skip) })
    } else if (!point.ok && inner.failed === 0) {
      inner.failed++
      inner.failures.push({ where: [point.name], detail: detailOf(point) })
    }
    add(counts, inner)
    onFile(point.name, inner, point.time)
  })
  parser.on('complete', ({ ok }: { readonly ok: boolean }) => {
    // The stream broke off, or its plan names more files than reported.
    if (ok || counts.failed > 0) return
    counts.failed++
    counts.failures.push({ where: ['tap'], detail: 'the results are incomplete' })
  })
  return { stream: parser, counts }
}
