// Models with one fault each, and a sound small one, as bytes of .tflite files.

import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import { encode } from '../import/raw.ts'
import { changed } from '../import/small-model.ts'

export function soundModel(): Uint8Array {
  const b = new GraphBuilder('sound')
  const image = { scale: 0.05, zeroPoint: 3 }
  const x = b.input([1, 6, 6, 2], image)
  const data = Array.from({ length: 3 * 3 * 3 * 2 }, (_, i) => ((i * 37) % 255) - 127)
  const weights = { shape: [3, 3, 3, 2], data, scale: [0.01, 0.02, 0.03] }
  const bias = [100, -200, 300]
  const y = b.conv2d(x, { weights, bias, padding: 'same', output: { scale: 0.4, zeroPoint: -11 } })
  b.output(b.softmax(b.reshape(y, [6 * 6, 3])))
  return writeTflite(b.graph())
}

export function floatModel(): Uint8Array {
  const b = new GraphBuilder('floating')
  const x = b.input([1, 4], null)
  b.output(b.apply({ kind: 'add', activation: 'none' }, [x, x], { dtype: 'float32' }))
  return writeTflite(b.graph())
}

/** Its second operator is SPACE_TO_DEPTH, builtin code 26. */
export function unsupportedModel(): Uint8Array {
  return encode(
    changed(parts => {
      parts.codes[1] = { 0: { i8: 26 }, 2: { i32: 26 } }
    }),
  )
}
