// Loads and compiles the models a user names.

import { basename } from 'node:path'
import type { Board } from '../boards/schema.ts'
import type { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import type { Graph } from '../compiler/graph/graph.ts'
import { compileGraph, importModel, type Compiled } from '../compiler/index.ts'
import type { CompileOptions } from '../compiler/options.ts'
import { programOf } from '../compiler/package/program.ts'
import type { Program } from '../runtime/hosts/host.ts'
import { boardNamed } from './board.ts'
import { readInputFile } from './files/read.ts'
import { defaultForm, type ModelForm } from './options.ts'
import { readSource } from './sources.ts'

export interface LoadedModel {
  readonly bytes: Uint8Array
  readonly graph: Graph
}

/** Reads and checks a model. Null after diagnostics. */
export function loadModel(path: string, bag: DiagnosticBag): LoadedModel | null {
  const bytes = readInputFile(path, 'the model', bag)
  if (bytes === null) return null
  const graph = importModel(bytes, basename(path), bag)
  return graph === null ? null : { bytes, graph }
}

/** A model compiled for one board, with and without tracing. */
export interface BuiltModel {
  readonly board: Board
  readonly options: CompileOptions
  readonly compiled: Compiled
  readonly program: Program
}

/** Compiles for the board of that name, or in that file. Null after diagnostics. */
export function buildModel(
  graph: Graph,
  boardName: string,
  trace: boolean,
  bag: DiagnosticBag,
  form: ModelForm = defaultForm,
): BuiltModel | null {
  const board = boardNamed(boardName, bag)
  if (board === null) return null
  const options = { ...form, board: board.name, trace }
  const compiled = compileGraph(graph, board, options, readSource, bag)
  if (compiled === null) return null
  return { board, options, compiled, program: programOf(compiled, trace, readSource) }
}
