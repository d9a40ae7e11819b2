// The models that peers have figures of, by the checksum of the .tflite file.

import type { PeerFigure, PeerModel } from '../../../cli/bench/peers.ts'

const vww = '597a384c8c2c8a1276f04702f25013b7838f2f814f1ca7c174d295b73e3d6b7b'
const kws = 'aeea436800704fce17b17292e4412630ad856e9d777c044c64ef748a880bd0ae'
const ad = '87cf24194ef93d1d9b11a591d805526b98008e351655d29883c825c9c106ba24'
const mcunetVww = 'dfd1a2bec6f170299cba46d797eb7392aca207faa8a26004fffedcdca76befcb'
const mcunetIn3 = '780563f544bccba413b1ee4e051159996ac8b5be39eba8bb38761a51b58a07d1'

/** Reference models of MLPerf Tiny (mlcommons/tiny), whose ends are int8 already. */
export const mlperfModels: Readonly<Record<string, PeerModel>> = {
  vww: { sha256: vww, name: 'vww_96_int8', io: 'either' },
  kws: { sha256: kws, name: 'kws_ref_model', io: 'either' },
  ad: { sha256: ad, name: 'ad01_int8', io: 'either' },
}

/** Names that the recorded figures use. */
export const recordedModels: Readonly<Record<string, PeerModel>> = {
  vww_96_int8: { sha256: vww, name: 'vww_96_int8', io: 'either' },
  kws_ref_model: { sha256: kws, name: 'kws_ref_model', io: 'either' },
  ad01_int8: { sha256: ad, name: 'ad01_int8', io: 'either' },
  'mcunet-in3': { sha256: mcunetIn3, name: 'mcunet-in3', io: 'either' },
  tinyengine_vww: { sha256: mcunetVww, name: 'mcunet_vww', io: 'model' },
  // The same file with its QUANTIZE and DEQUANTIZE taken out.
  tinyengine_vww_i8io: { sha256: mcunetVww, name: 'mcunet_vww', io: 'int8' },
}

/** A figure of which nothing is known yet. */
export const unknown: Omit<PeerFigure, 'model' | 'variant' | 'core' | 'source'> = {
  board: null,
  clockHz: null,
  instructions: null,
  cycles: null,
  milliseconds: null,
  sramBytes: null,
  flashBytes: null,
  exact: null,
  compiler: null,
}
