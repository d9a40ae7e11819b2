// Random variation of a clip's features: speed, shift, gain, noise and masked bands or frames.
import { inputShape } from './architecture.ts'
import type { Rng } from './rng.ts'

const { height: frames, width: bands } = inputShape
/** Feature steps per decibel, from the definition of the features. */
const stepsPerDb = 255 / 90

/** Reads frame `t` (fractional, linear interpolation) of band `b`; outside the clip is silence, 0. */
function sample(q: Int8Array, t: number, b: number): number {
  const at = (frame: number): number =>
    frame < 0 || frame >= frames ? 0 : q[frame * bands + b]! + 128
  const low = Math.floor(t)
  const part = t - low
  return part === 0 ? at(low) : at(low) * (1 - part) + at(low + 1) * part
}

function mask(out: Float32Array, rng: Rng): void {
  const value = 50 * rng.uniform()
  const width = rng.below(6)
  const frame = rng.below(frames - width)
  out.fill(value, frame * bands, (frame + width) * bands)
  const height = rng.below(3)
  const band = rng.below(bands - height)
  for (let t = 0; t < frames; t++) out.fill(value, t * bands + band, t * bands + band + height)
}

/**
 * Writes one augmented clip, [40, 16] values in 0 … 255 (feature byte + 128), into `out`.
 * Speed 0.85-1.18, shift -3 … +6 frames, gain +-8 dB, noise up to 2 dB, masks of up to 5 frames and
 * 2 bands (after SpecAugment, Park et al. 2019, section 2).
 */
export function augment(q: Int8Array, out: Float32Array, rng: Rng): void {
  const speed = Math.exp((rng.uniform() - 0.5) * 0.33)
  const shift = rng.below(10) - 3
  const gain = (rng.uniform() * 2 - 1) * 8 * stepsPerDb
  const noise = rng.uniform() * 2 * stepsPerDb
  for (let t = 0; t < frames; t++) {
    for (let b = 0; b < bands; b++) {
      const value = sample(q, (t - shift) * speed, b)
      // Cells at the floor (digital silence) have no level to change.
      const moved = value === 0 ? 0 : value + gain + noise * rng.normal()
      out[t * bands + b] = Math.min(255, Math.max(0, moved))
    }
  }
  if (rng.uniform() < 0.5) mask(out, rng)
}
