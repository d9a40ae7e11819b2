// The inputs of a verification, and what one host made of them.

import type { Inference, InferenceResult } from '../../runtime/hosts/host.ts'
import type { VisibleTensor } from './tensors.ts'

/** Named inputs to run on. */
export interface Case {
  readonly id: string
  readonly inference: Inference
}

export interface HostRun {
  readonly label: string
  readonly visible: readonly VisibleTensor[]
  readonly cases: readonly Case[]
  /** One entry per case. */
  readonly results: readonly InferenceResult[]
  readonly milliseconds: number
}
