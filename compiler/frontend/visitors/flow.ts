// Whether a function body always returns.

import type { Stmt } from '../../kir/node.ts'

/** Whether control cannot reach the end of the body. */
export function alwaysReturns(body: readonly Stmt[]): boolean {
  const last = body[body.length - 1]
  if (last === undefined) return false
  if (last.kind === 'return') return true
  if (last.kind === 'block') return alwaysReturns(last.body)
  if (last.kind === 'if') return alwaysReturns(last.then) && alwaysReturns(last.else)
  const endless =
    last.kind === 'while' && last.condition.kind === 'const' && last.condition.value !== 0
  return endless && !breaks(last.body)
}

/** Whether a `break` of this loop, not of one inside it, is among the statements. */
function breaks(body: readonly Stmt[]): boolean {
  return body.some(s => {
    if (s.kind === 'break') return true
    if (s.kind === 'if') return breaks(s.then) || breaks(s.else)
    return s.kind === 'block' && breaks(s.body)
  })
}
