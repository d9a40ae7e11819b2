// The page on measuring shows the recorded comparison of portable and reference kernels.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { portableTable, type PortableRow } from '../../bench/portable/table.ts'

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

t.test('docs/measuring.md has the table of bench/portable.json', async t => {
  const { rows } = JSON.parse(read('bench/portable.json')) as { rows: readonly PortableRow[] }
  t.ok(rows.length >= 36, 'every shape with both kinds of weights')
  t.ok(
    read('docs/measuring.md').includes(portableTable(rows)),
    'npx tsx bench/portable.ts writes the table',
  )
  const slow = rows.filter(({ ratio, weights }) => ratio < 3 && weights === 'trained')
  t.same(
    slow.map(({ op, shape }) => `${op} ${shape}`),
    ['fully_connected 64->12'],
    'the others are at least three times as fast as the reference kernels',
  )
})
