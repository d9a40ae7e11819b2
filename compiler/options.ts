// Every option of the compiler, its default and its one-line help.

export interface CompileOptions {
  /** Name of a board in boards/. */
  readonly board: string
  /** Call a hook after each step, so that every tensor can be looked at. */
  readonly trace: boolean
}

export const defaultOptions: CompileOptions = { board: 'host', trace: false }

export const optionHelp: Readonly<Record<keyof CompileOptions, string>> = {
  board: 'board to compile for',
  trace: 'call thimble_trace(step) after each step',
}
