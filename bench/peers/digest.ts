// Makes the digests of peers in this folder out of the recorded figures: `npx tsx bench/peers/digest.ts`.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Peer } from '../../cli/bench/peers.ts'
import { mcunetPeers } from './digest/mcunet.ts'
import { mlperfPeers } from './digest/mlperf.ts'
import { tflmPeer } from './digest/tflm.ts'
import { tinyenginePeer } from './digest/tinyengine.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = fileURLToPath(new URL('.', import.meta.url))

/** Where the recorded figures of peers are; they are not part of the repository. */
export const recorded = join(process.env['THIMBLE_SHARED'] ?? join(root, '../shared'), 'peers')

/** The digests by file name. */
export function digests(from = recorded): ReadonlyMap<string, Peer | readonly Peer[]> {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(from, name), 'utf8'))
  return new Map<string, Peer | readonly Peer[]>([
    ['tflm-cmsis-nn.json', tflmPeer(read('tflm_cmsis_nn.json'))],
    ['tinyengine.json', tinyenginePeer(read('tinyengine.json'))],
    ['mlperf-tiny.json', mlperfPeers(read('mlperf_tiny_cortex_m.json'))],
    ['mcunet-published.json', mcunetPeers(read('mcunet_published.json'))],
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, peer] of digests()) {
    writeFileSync(join(folder, name), `${JSON.stringify(peer, null, 2)}\n`)
  }
}
