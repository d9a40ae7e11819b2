// What exporters put into files around operators: names, codes, metadata, quantisations.

import {
  convOptions,
  convTag,
  operator,
  quantization,
  tensor,
  tensorField,
} from '../import/small-model.ts'
import { changed, convolution, withTensor, type Habit } from './habit.ts'

const sound = changed('the sound model', () => undefined)

export const files: readonly Habit[] = [
  sound,
  {
    ...sound,
    title: 'an archive of labels behind the flatbuffer',
    bytes: Uint8Array.from([...sound.bytes, 0x50, 0x4b, 3, 4, ...new Uint8Array(1001)]),
  },
  changed('tensors without names', model => {
    model.tensors = model.tensors.map(fields =>
      Object.fromEntries(
        Object.entries(fields).filter(([field]) => Number(field) !== tensorField.name),
      ),
    )
  }),
  changed('names that are all the same, and hostile', model => {
    const name = { [tensorField.name]: { string: '*/ int main(){} // "\\\n%s' } }
    model.tensors = model.tensors.map(fields => ({ ...fields, ...name }))
  }),
  changed(
    'metadata, signatures and a description',
    model => model.buffers.push({ 0: { bytes: [49, 46, 53, 46, 48] } }),
    convolution(),
    {
      3: { string: 'MLIR Converted.' },
      5: { i32s: [3] },
      6: { tables: [{ 0: { string: 'min_runtime_version' }, 1: { i32: 3 } }] },
      7: {
        tables: [
          {
            0: { tables: [{ 0: { string: 'x' }, 1: { i32: 0 } }] },
            1: { tables: [{ 0: { string: 'y' }, 1: { i32: 4 } }] },
            2: { string: 'serving_default' },
          },
        ],
      },
    },
  ),
  changed('codes in the wide field alone', model => {
    model.codes = [{ 3: { i32: 3 } }, { 3: { i32: 0 } }]
  }),
  changed('codes in the old field alone, of versions nobody knows', model => {
    model.codes = [{ 0: { i8: 3 }, 2: { i32: 40 } }, { 0: { i8: 0 } }]
  }),
  changed('a custom name on a builtin operator', model => {
    model.codes[1] = { ...model.codes[1], 1: { string: 'add' } }
  }),
  changed('codes, buffers and tensors that nothing uses', model => {
    model.codes.push({ 0: { i8: 32 }, 1: { string: 'TFLite_Detection_PostProcess' } })
    model.buffers.push({ 0: { bytes: [1, 2, 3] } }, {})
    model.tensors.push(tensor('text', [0], { [tensorField.type]: { i8: 5 }, 2: { i32: 3 } }))
  }),
  changed('no options where all have defaults', model => {
    model.operators[1] = { 0: { i32: 1 }, 1: { i32s: [3, 3] }, 2: { i32s: [4] } }
  }),
  changed('operators with empty lists of other things', model => {
    const more = { 5: { bytes: [] }, 6: { i8: 0 }, 8: { i32s: [] } }
    model.operators = model.operators.map(fields => ({ ...fields, ...more }))
  }),
  withTensor('an open batch', 0, { [tensorField.signature]: { i32s: [-1, 4, 4, 2] } }),
  withTensor('open dimensions of a size that was chosen', 0, {
    [tensorField.signature]: { i32s: [-1, -1, -1, 2] },
  }),
  withTensor('an open batch inside', 3, { [tensorField.signature]: { i32s: [-1, 4, 4, 3] } }),
]

const one = quantization([0.5], [3], { 6: { i32: 3 } })

export const quantisations: readonly Habit[] = [
  withTensor('a dimension on a tensor with one scale', 0, { [tensorField.quantization]: one }),
  withTensor('minimum and maximum beside the scale', 3, {
    [tensorField.quantization]: quantization([0.5], [3], {
      0: { f32s: [-65.5] },
      1: { f32s: [62] },
    }),
  }),
  withTensor('one zero point for all channels', 1, {
    [tensorField.quantization]: quantization([0.1, 0.2, 0.3], [0]),
  }),
  withTensor('two zero points for three channels', 1, {
    [tensorField.quantization]: quantization([0.1, 0.2, 0.3], [0, 0]),
  }),
  withTensor('a bias without quantisation', 2, { [tensorField.quantization]: { table: {} } }),
  withTensor('a bias with minimum and maximum alone', 2, {
    [tensorField.quantization]: { table: { 0: { f32s: [0] }, 1: { f32s: [1] } } },
  }),
  withTensor('a bias with a scale and no zero point', 2, {
    [tensorField.quantization]: quantization([0.05, 0.1, 0.15], []),
  }),
  withTensor('a bias with one scale', 2, { [tensorField.quantization]: quantization([0.05], [0]) }),
  withTensor('a bias with scales along dimension 3', 2, {
    [tensorField.quantization]: quantization([0.05, 0.1, 0.15], [0, 0, 0], { 6: { i32: 3 } }),
  }),
  withTensor('a bias with scales that are not those of input and weights', 2, {
    [tensorField.quantization]: quantization([5, 0, 1e-9], [0, 0, 0]),
  }),
  withTensor(
    'a channel with the scale 0',
    1,
    { [tensorField.quantization]: quantization([0.1, 0, 0.3], [0, 0, 0]) },
    convolution([0.1, 0, 0.3]),
  ),
  changed(
    'a saturated bias of a channel that comes to nothing',
    model => {
      const scales = { [tensorField.quantization]: quantization([0.1, 1e-12, 0.3], [0]) }
      model.tensors[1] = { ...model.tensors[1], ...scales }
      const largest = [1, 2 ** 31 - 1, 3]
      model.buffers[2] = { 0: { bytes: new Uint8Array(Int32Array.from(largest).buffer) } }
    },
    convolution([0.1, 1e-12, 0.3], [1, 2 ** 31 - 1, 3]),
  ),
  withTensor(
    'a channel with a negative scale',
    1,
    { [tensorField.quantization]: quantization([0.1, -0.2, 0.3], [0, 0, 0]) },
    convolution([0.1, -0.2, 0.3]),
  ),
  withTensor(
    'one scale for all weights',
    1,
    { [tensorField.quantization]: quantization([0.2], [0], { 6: { i32: 3 } }) },
    convolution([0.2, 0.2, 0.2]),
  ),
  changed(
    'an absent bias',
    model => (model.operators[0] = operator(0, [0, 1, -1], [3], convTag, convOptions)),
    convolution(undefined, null),
  ),
  changed(
    'no bias at all',
    model => (model.operators[0] = operator(0, [0, 1], [3], convTag, convOptions)),
    convolution(undefined, null),
  ),
]
