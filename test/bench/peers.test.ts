// Figures of peers: the digest is that of the recorded files, kinds are kept apart, models are recognised.

import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { compareMarkdown } from '../../bench/compare/table.ts'
import { validation, validationTable } from '../../bench/validation.ts'
import { digests, recorded } from '../../bench/peers/digest.ts'
import { boards, cores } from '../../boards/index.ts'
import { comparison, type OwnFigures } from '../../cli/bench/compare.ts'
import { comparisonText } from '../../cli/bench/compare-text.ts'
import { peers, type Peer, type PeerFigure } from '../../cli/bench/peers.ts'
import { boardCycles } from '../../runtime/profile/board-cycles.ts'

const figures = peers.flatMap(({ peer, kind, figures }) => figures.map(f => ({ peer, kind, ...f })))

t.test(
  'the digests are what the script makes of the recorded figures',
  { skip: existsSync(recorded) ? false : `no figures in ${recorded}; set THIMBLE_SHARED` },
  async t => {
    for (const [name, made] of digests()) {
      const file = new URL(`../../bench/peers/${name}`, import.meta.url)
      t.same(JSON.parse(readFileSync(file, 'utf8')), made, name)
    }
  },
)

t.test('every figure has a source, a known core and the fields of its kind only', async t => {
  const faults = figures.filter(figure => {
    const { kind, core, source, instructions, cycles, board, milliseconds, sramBytes } = figure
    const named =
      source.trim() !== '' && cores.has(core) && /^[0-9a-f]{64}$/.test(figure.model.sha256)
    const positive = [instructions, cycles, milliseconds, sramBytes].every(v => v === null || v > 0)
    const ofKind =
      kind === 'modelled'
        ? instructions !== null && cycles !== null && board === null && milliseconds === null
        : instructions === null && board !== null && milliseconds !== null
    return !named || !positive || !ofKind
  })
  t.same(faults, [])
  t.ok(figures.length > 80, `${figures.length} figures`)
})

/** Million cycles with memory that never waits, as they were written down when they were counted. */
const written: readonly (readonly [string, string, number, number])[] = [
  ['TFLM + CMSIS-NN', 'vww_96_int8', 28.1, 18.2],
  ['TFLM + CMSIS-NN', 'kws_ref_model', 8.88, 5.69],
  ['TFLM + CMSIS-NN', 'ad01_int8', 0.72, 0.51],
  ['TFLM + CMSIS-NN', 'mcunet_vww', 56.2, 36.9],
  ['TFLM + CMSIS-NN', 'mcunet-in3', 468.5, 309.8],
  ['TinyEngine', 'vww_96_int8', 24.5, 16.4],
  ['TinyEngine', 'ad01_int8', 1.04, 0.64],
  ['TinyEngine', 'mcunet_vww', 42.9, 28.5],
]

t.test('the digest holds the figures that were written down', async t => {
  for (const [peer, model, m4, m7] of written) {
    const best = (core: string): number => {
      const own = figures.filter(
        f => f.peer === peer && f.model.name === model && f.model.io !== 'model' && f.core === core,
      )
      return Math.min(...own.map(({ cycles }) => cycles ?? Infinity)) / 1e6
    }
    for (const [found, expected] of [
      [best('cortex-m4'), m4],
      [best('cortex-m7'), m7],
    ] as const) {
      t.ok(Math.abs(found - expected) / expected < 0.01, `${peer} ${model}: ${found}`)
    }
  }
  t.notOk(figures.some(f => f.peer === 'TinyEngine' && f.model.name === 'kws_ref_model'))
  // MLPerf Tiny v1.2, ST on the reference board: 88.93 ms at 120 MHz.
  const st = figures.find(
    f => f.board === 'NUCLEO-L4R5ZI' && f.model.name === 'vww_96_int8' && /X-CUBE/.test(f.variant),
  )
  t.match(st, { cycles: 10_671_410, clockHz: 120e6, exact: null })
})

const work = { cycles: 12e6, blocks: [], operatorMemory: [] }

const own: OwnFigures = {
  ...{ core: 'cortex-m4', macs: 7_489_664, instructions: 10e6, coreCycles: 12e6 },
  ...{ sramBytes: 60_000, flashBytes: 280_000 },
  boards: [boardCycles(work, [], boards.get('stm32l4r5')!)],
}

const shaOf = (name: string): string => figures.find(f => f.model.name === name)!.model.sha256

t.test('a model is recognised by its checksum, its ends and the core', async t => {
  const vww = comparison(own, { sha256: shaOf('vww_96_int8'), io: 'model' })
  t.same(new Set(vww.modelled.map(({ peer }) => peer)), new Set(['TFLM + CMSIS-NN', 'TinyEngine']))
  t.ok(vww.modelled.every(({ core }) => core === 'cortex-m4'))
  const [fastest] = vww.modelled
  t.equal(fastest?.speedup, Math.round(((fastest?.cycles ?? 0) / 12e6) * 1000) / 1000)
  t.equal(vww.own.cyclesPerMac, 1.602)
  t.ok(vww.silicon.length > 5)
  t.ok(
    vww.silicon.every(({ speedup }) => speedup === null),
    'kinds are not set against each other',
  )
  t.same(comparison(own, { sha256: shaOf('vww_96_int8'), io: 'int8' }), vww, 'int8 ends already')
  const key = { sha256: shaOf('mcunet_vww'), io: 'int8' } as const
  const names = comparison(own, key).modelled.map(({ peer }) => peer)
  t.ok(names.includes('TinyEngine'))
  const float = comparison(own, { ...key, io: 'model' }).modelled
  t.same([...new Set(float.map(({ peer }) => peer))], ['TFLM + CMSIS-NN'])
})

t.test('a model without peers is said to have none, and why', async t => {
  const none = comparison(own, { sha256: 'f'.repeat(64), io: 'model' })
  t.same([none.modelled, none.silicon], [[], []])
  t.match(none.missing, /no peer has figures of this model \(SHA-256 ffff/)
  t.match(comparisonText(none), /no peer has figures/)
  const m0 = comparison(
    { ...own, core: 'cortex-m0plus' },
    { sha256: shaOf('mcunet-in3'), io: 'model' },
  )
  t.match(m0.missing, /none|only for cortex-m4, cortex-m7/)
  const onlyInt8: Peer = {
    ...{ peer: 'x', kind: 'modelled', version: '1', notes: [] },
    figures: [{ ...(figures[0] as PeerFigure), model: { sha256: 'a', name: 'm', io: 'int8' } }],
  }
  t.match(comparison(own, { sha256: 'a', io: 'model' }, [onlyInt8]).missing, /--io int8/)
})

t.test('the text has both kinds in tables of their own, with sources', async t => {
  const text = comparisonText(comparison(own, { sha256: shaOf('vww_96_int8'), io: 'model' }))
  const [counted = '', published = ''] = text.split('published by others')
  t.match(counted, /Thimble, this run +10,000,000 +12,000,000 +1\.6 +60,000 +280,000 +yes/)
  t.match(counted, /TFLM \+ CMSIS-NN, -O2 +24,101,545 +28,072,326 .* yes +2\.34x as fast/)
  t.match(counted, /TinyEngine, layer-fp .* no /)
  t.notMatch(counted, /NUCLEO/)
  t.match(published, /X-CUBE-AI v9\.0.* NUCLEO-L4R5ZI +120 +10,671,410/)
  t.match(published, /Thimble, modelled, not measured +stm32l4r5/)
  t.notMatch(published, /as fast/)
  t.match(published, /mlcommons\/tiny_results_v1\.2@cadb362343f5/)
})

t.test(
  'the tables for pages are Markdown, each figure of others with its kind and source',
  async t => {
    const waiting = { ...own, boards: own.boards.map(board => ({ ...board, total: 16e6 })) }
    const entries = ['vww_96_int8', 'mcunet_vww'].map(model => {
      const compared = comparison(waiting, { sha256: shaOf(model), io: 'int8' })
      return { model, stackBytes: null, ...compared }
    })
    const text = compareMarkdown(entries)
    const rows = text.split('\n').filter(line => line.startsWith('|'))
    const cells = rows.map(row => row.slice(1, -1).split(/(?<!\\)\|/))
    t.same(new Set(cells.map(({ length }) => length)), new Set([12, 9]))
    const named = [...text.matchAll(/\[(\d+)\] \|$/gm)].map(([, number]) => Number(number))
    const listed = [...text.matchAll(/^(\d+)\. ./gm)].map(([, number]) => Number(number))
    t.same([...new Set(named)].sort(), listed, 'each source is listed, and named by a figure')
    const theirs = cells.filter(([, , system = '']) => /TinyEngine|TFLM/.test(system))
    t.ok(theirs.length === 5 && theirs.every(row => /^ modelled $/.test(row[3]!)))
    t.ok(theirs.every(row => / \[\d+\] /.test(row.at(-1)) && /as fast/.test(row.at(-2))))
    t.match(
      text,
      /TinyEngine, patch-fp \| modelled \| 38\.19 .* 81\.6 kB/,
      'the one with least RAM, too',
    )
    t.match(
      text,
      /stm32l4r5 \|.*\| X-CUBE-AI v9\.0[^|]*NUCLEO-L4R5ZI \| 10\.67 \| 88\.9 \| \[\d+\] \|/,
    )
  },
)

t.test('docs/measuring.md shows the validation as the script computes it', async t => {
  const rows = validation()
  t.ok(rows.length >= 6)
  t.same([...new Set(rows.map(({ core }) => core))].sort(), ['cortex-m4', 'cortex-m7'])
  t.ok(rows.every(({ ratio, silicon, modelled }) => Math.abs(silicon / modelled - ratio) < 0.02))
  const page = readFileSync(new URL('../../docs/measuring.md', import.meta.url), 'utf8')
  t.ok(page.includes(validationTable(rows)), 'npx tsx bench/validation.ts writes the table')
})

t.test('a peer that publishes times only comes after those with cycles, fastest first', async t => {
  const m7: OwnFigures = { ...own, core: 'cortex-m7', macs: 81_785_520 }
  const { silicon } = comparison(m7, { sha256: shaOf('mcunet-in3'), io: 'model' })
  const times = silicon.map(({ milliseconds }) => milliseconds)
  t.same(
    times,
    [...times].sort((a, b) => (a ?? 0) - (b ?? 0)),
  )
  t.match(silicon[0]?.variant, /^TinyEngine/)
})
