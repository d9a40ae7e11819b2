// Every option of the compiler, its default and its one-line help.

import type { Optimize } from '../kernels/op.ts'

/** `model`: the types of the model file; `int8`: the caller quantises at float32 and uint8 ends. */
export type IoTypes = 'model' | 'int8'

/** How an end of the model is handed over: whole in the arena, or row by row by a callback. */
export type EndForm = 'resident' | 'rows'

export const ioTypes = ['model', 'int8'] as const satisfies readonly IoTypes[]
export const endForms = ['resident', 'rows'] as const satisfies readonly EndForm[]

export interface CompileOptions {
  /** Name of a board in boards/. */
  readonly board: string
  /** Call a hook after each run, so that every tensor can be looked at. */
  readonly trace: boolean
  /** Most bytes of static RAM, whatever the board has; null: what the board has. */
  readonly sram: number | null
  readonly io: IoTypes
  readonly optimize: Optimize
  /** Images among the inputs; other tensors are always resident. */
  readonly inputs: EndForm
  readonly outputs: EndForm
}

export const defaultOptions: CompileOptions = {
  board: 'host',
  trace: false,
  sram: null,
  io: 'model',
  optimize: 'balanced',
  inputs: 'resident',
  outputs: 'resident',
}

export const optionHelp: Readonly<Record<keyof CompileOptions, string>> = {
  board: 'board to compile for',
  trace: 'call thimble_trace(step) after each run',
  sram: "most bytes of static RAM, for example 65536 or 64k; the board's unless given",
  io: 'types at the ends: those of the model, or int8 with the conversions left to the caller',
  optimize: 'fewer cycles for more flash, or less flash for more cycles',
  inputs: 'images come whole in the arena, or row by row from a callback',
  outputs: 'images stay whole in the arena, or go row by row to a callback',
}
