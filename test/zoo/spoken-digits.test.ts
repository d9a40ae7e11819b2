// The bundled model: its file follows from its checkpoint, and it is as small and as good as said.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { here, makeBundle, modelDescription, modelFile } from '../../zoo/spoken-digits/bundle.ts'
import { datasetFolder, readTest } from '../../zoo/spoken-digits/data.ts'
import { scoreFloat, scoreInt8 } from '../../zoo/spoken-digits/score.ts'

const skip = existsSync(datasetFolder()) ? false : 'no shared data sets'

t.test('the bundled model is what its checkpoint and the calibration give', { skip }, async t => {
  const bytes = writeTflite(makeBundle(here).graph, { description: modelDescription })
  t.ok(readFileSync(join(here, modelFile)).equals(bytes))
})

t.test('the bundled model is small and right on at least 95 % in int8', { skip }, async t => {
  const { model, graph } = makeBundle(here)
  const constants = graph.tensors.reduce((sum, tensor) => sum + (tensor.data?.length ?? 0), 0)
  t.ok(constants <= 60_000, `${constants} bytes of constants`)
  const clips = readTest()
  const float = scoreFloat(model, clips).accuracy
  const int8 = scoreInt8(graph, clips).accuracy
  t.ok(int8 >= 0.95, `int8 accuracy ${int8}`)
  t.ok(Math.abs(float - int8) <= 0.01, `float accuracy ${float}`)
})
