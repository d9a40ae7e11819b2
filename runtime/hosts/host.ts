// What runs a compiled model: the interface every host (js, as, emcc, native, qemu) implements.

import type { DataItem, Span } from '../../compiler/kir/node.ts'

/** A tensor of a model. */
export interface ProgramTensor {
  /** Index of the tensor in the model file. */
  readonly index: number
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: number
}

/** A model input or output that lies in the arena before or after a run. */
export interface ResidentEnd extends ProgramTensor {
  readonly kind: 'resident'
  /** Byte offset in the arena. */
  readonly offset: number
  /** Whose bytes these are for the checked backend, which lets nobody else's be read. */
  readonly owner: number
}

/** A model input or output that moves by rows while the model runs; the host keeps the whole of it. */
export interface StreamedEnd extends ProgramTensor {
  readonly kind: 'streamed'
  readonly rows: number
  readonly rowBytes: number
}

export type ProgramEnd = ResidentEnd | StreamedEnd

/** A tensor whose bytes are told after a traced run. */
export interface TracedTensor extends ProgramTensor {
  /** Pieces seen in the arena, or the bytes of another entry of `tensors` or of a model input. */
  readonly source:
    { readonly kind: 'slices' } | { readonly kind: 'tensor' | 'input'; readonly position: number }
}

/** After trace event number `event`, `bytes` bytes at arena `offset` are those at `at` of a tensor. */
export interface TraceSlice {
  /** How many calls of `trace` came before; what it is called with does not matter. */
  readonly event: number
  /** Position in `CProgram.tensors`. */
  readonly tensor: number
  readonly offset: number
  readonly bytes: number
  readonly at: number
}

/** A compiled model as the hosts need it that build its C package. */
export interface CProgram {
  /** C identifier of the model, as in `thimble_<name>_invoke`. */
  readonly name: string
  readonly arenaBytes: number
  readonly inputs: readonly ProgramEnd[]
  readonly outputs: readonly ProgramEnd[]
  /** What is traced, in the order of the model's operators; empty unless compiled for tracing. */
  readonly tensors: readonly TracedTensor[]
  /** In the order of events. */
  readonly trace: readonly TraceSlice[]
  /** `size`: the package is compiled for few bytes. Left out: `balanced`. */
  readonly optimize?: 'speed' | 'balanced' | 'size'
  /** The emitted C package, path → text. With `trace`, it calls `thimble_trace` after each run. */
  readonly cFiles: ReadonlyMap<string, string>
}

/** A compiled model in the forms all hosts need. */
export interface Program extends CProgram {
  readonly checkedJs: CheckedJsCode
  readonly assemblyScript: AssemblyScriptCode
  /** Name of the function that runs the model, in every backend. */
  readonly entry: string
}

/** Checked JavaScript with what it needs at run time. */
export interface CheckedJsCode {
  /** Body of a function that returns the module's functions by name. */
  readonly code: string
  /** Source map, version 3, as JSON text. */
  readonly map: string
  /** Places traps refer to by index. */
  readonly sites: readonly Span[]
  readonly data: readonly DataItem[]
}

/** AssemblyScript with the memory it expects. */
export interface AssemblyScriptCode {
  readonly source: string
  /** Bytes of the constants, to be placed at their addresses before the first call. */
  readonly images: readonly { readonly address: number; readonly bytes: Uint8Array }[]
  /** First address that is free: where the host puts the arena. */
  readonly end: number
}

/** Raw little-endian bytes, one entry per model input. */
export type Inference = readonly Uint8Array[]

export interface InferenceResult {
  /** Raw little-endian bytes, one entry per model output. */
  readonly outputs: readonly Uint8Array[]
  /** One whole tensor per entry of `Program.tensors`; empty when not tracing. */
  readonly trace: readonly Uint8Array[]
}

/** A program built for a host: runs any number of inferences, each from fresh inputs. */
export interface Runner {
  run(inferences: readonly Inference[]): Promise<readonly InferenceResult[]>
  close(): Promise<void>
}

/** A host that cannot be used says what is missing and how to get it. */
export interface Missing {
  readonly tool: string
  readonly howToGet: string
}
