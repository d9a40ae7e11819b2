// Trains the spoken-digit network: npx tsx zoo/spoken-digits/train.ts [--epochs N] [--seed N]
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { init } from '@jax-js/jax'
import { Adam } from './adam.ts'
import { classCount, layers } from './architecture.ts'
import { augment } from './augment.ts'
import { writeCheckpoint } from './checkpoint.ts'
import { clip, clipBytes, readTraining, type Clips } from './data.ts'
import { argmax, forward, type FloatModel } from './float-model.ts'
import { fold, type RunningStatistics } from './fold.ts'
import { initialParameters, step, trainingInputDivisor, type StepResult } from './network.ts'
import { makeRng, permutation, type Rng } from './rng.ts'

const { values: flags } = parseArgs({
  options: {
    epochs: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: dirname(fileURLToPath(import.meta.url)) },
  },
})
const options = {
  seed: Number(flags.seed),
  epochs: Number(flags.epochs),
  batch: 64,
  peakRate: 4e-3,
  weightDecay: 0.02,
  labelSmoothing: 0.05,
}

function makeBatch(
  clips: Clips,
  indices: Uint32Array,
  rng: Rng,
): { x: Float32Array<ArrayBuffer>; targets: Float32Array<ArrayBuffer> } {
  const x = new Float32Array(indices.length * clipBytes)
  const smooth = options.labelSmoothing
  const targets = new Float32Array(indices.length * classCount).fill(smooth / classCount)
  indices.forEach((index, n) => {
    augment(clip(clips, index), x.subarray(n * clipBytes, (n + 1) * clipBytes), rng)
    targets[n * classCount + clips.labels[index]!]! += 1 - smooth
  })
  return { x: x.map(v => v / trainingInputDivisor), targets }
}

function track(running: readonly RunningStatistics[], batch: StepResult['statistics']): void {
  const momentum = 0.97
  const follow = (mean: Float32Array, value: Float32Array): void => {
    for (let i = 0; i < mean.length; i++) mean[i] = momentum * mean[i]! + (1 - momentum) * value[i]!
  }
  running.forEach((r, i) => {
    follow(r.mean, batch[i]!.mean)
    follow(r.variance, batch[i]!.variance)
  })
}

function accuracy(model: FloatModel, clips: Clips): number {
  let right = 0
  for (let i = 0; i < clips.count; i++) {
    if (argmax(forward(model, clip(clips, i)).logits) === clips.labels[i]) right++
  }
  return right / clips.count
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return Math.round((user + system) / 1e6)
}

async function main(): Promise<void> {
  await init('wasm')
  const { train, validation } = readTraining()
  const rng = makeRng(options.seed)
  const parameters = initialParameters(rng)
  const running = layers.map(l => ({
    mean: new Float32Array(l.outputC),
    variance: new Float32Array(l.outputC).fill(1),
  }))
  const stepsPerEpoch = Math.floor(train.count / options.batch)
  const totalSteps = stepsPerEpoch * options.epochs
  const adam = new Adam(parameters, { ...options, warmupSteps: 2 * stepsPerEpoch, totalSteps })

  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const order = permutation(train.count, rng)
    let lossSum = 0
    for (let s = 0; s < stepsPerEpoch; s++) {
      const indices = order.subarray(s * options.batch, (s + 1) * options.batch)
      const { x, targets } = makeBatch(train, indices, rng)
      const result = step(parameters, x, targets)
      adam.update(result.gradients)
      track(running, result.statistics)
      lossSum += result.loss
    }
    const finalLoss = lossSum / stepsPerEpoch
    const model = fold(parameters, running)
    const validationAccuracy = accuracy(model, validation)
    const record = { ...options, finalLoss, validationAccuracy, cpuSeconds: cpuSeconds() }
    writeCheckpoint(flags.out, model, record)
    console.log(
      `epoch ${epoch}/${options.epochs}  loss ${finalLoss.toFixed(4)}` +
        `  validation ${(100 * validationAccuracy).toFixed(2)} %  cpu ${record.cpuSeconds} s`,
    )
  }
}

await main()
