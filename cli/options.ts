// The flags that say how a model is to be compiled, and what they mean to the compiler.

import type { ArgsDef } from 'citty'
import {
  defaultOptions,
  endForms,
  ioTypes,
  optionHelp,
  type CompileOptions,
  type EndForm,
  type IoTypes,
} from '../compiler/options.ts'
import { optimizeLevels, type Optimize } from '../kernels/op.ts'
import { armCompilers, type ArmCompiler, type BuildOptions } from '../runtime/hosts/options.ts'
import { UsageError } from './parse.ts'

/** What the user chose about memory and ends; board and tracing are up to each command. */
export type ModelForm = Omit<CompileOptions, 'board' | 'trace'>

export const defaultForm: ModelForm = defaultOptions

const limits = {
  sram: { type: 'string' as const, description: optionHelp.sram, valueHint: 'bytes' },
  io: { type: 'enum' as const, description: optionHelp.io, options: [...ioTypes] },
  optimize: {
    type: 'enum' as const,
    description: `${optionHelp.optimize}; ${defaultOptions.optimize} unless given`,
    options: [...optimizeLevels],
  },
}

/** For commands that build for Cortex-M. */
export const compilerArgs = {
  compiler: {
    type: 'enum' as const,
    description: 'who compiles the package for Cortex-M',
    options: [...armCompilers],
    default: 'gcc' as const,
  },
} satisfies ArgsDef

export function compilerChoice(word: ArmCompiler | undefined): Pick<BuildOptions, 'compiler'> {
  return word === undefined ? {} : { compiler: word }
}

const forms = { type: 'enum' as const, options: [...endForms] }

/** For commands that run nothing. */
export const formArgs = {
  ...limits,
  input: { ...forms, description: optionHelp.inputs },
  output: { ...forms, description: optionHelp.outputs },
} satisfies ArgsDef

/** For commands whose --input and --output are files. */
export const runFormArgs = {
  ...limits,
  'input-form': { ...forms, description: `${optionHelp.inputs} (--input names the file)` },
  'output-form': { ...forms, description: optionHelp.outputs },
} satisfies ArgsDef

interface FormWords {
  readonly sram?: string | undefined
  readonly io?: IoTypes | undefined
  readonly optimize?: Optimize | undefined
  readonly inputs?: EndForm | undefined
  readonly outputs?: EndForm | undefined
}

/** Throws UsageError. */
export function modelForm(command: string, words: FormWords): ModelForm {
  return {
    sram: byteCount(command, words.sram),
    io: words.io ?? defaultForm.io,
    optimize: words.optimize ?? defaultForm.optimize,
    inputs: words.inputs ?? defaultForm.inputs,
    outputs: words.outputs ?? defaultForm.outputs,
  }
}

interface RunFormWords {
  readonly sram?: string | undefined
  readonly io?: IoTypes | undefined
  readonly optimize?: Optimize | undefined
  readonly 'input-form'?: EndForm | undefined
  readonly 'output-form'?: EndForm | undefined
}

/** The same of `runFormArgs`. Throws UsageError. */
export function runForm(command: string, words: RunFormWords): ModelForm {
  const { sram, io, optimize, 'input-form': inputs, 'output-form': outputs } = words
  return modelForm(command, { sram, io, optimize, inputs, outputs })
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  kib: 1024,
  m: 1 << 20,
  mib: 1 << 20,
}

/** More than any 32-bit core can address is a mistake. */
const mostBytes = 2 ** 32

function byteCount(command: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const [, digits = '', unit = ''] = /^(\d{1,10}) ?(|k|kib|m|mib)$/i.exec(text) ?? []
  const bytes = Number(digits) * (units[unit.toLowerCase()] ?? 0)
  if (digits !== '' && bytes > 0 && bytes <= mostBytes) return bytes
  const like = 'a number of bytes such as 65536, 64k or 64KiB, up to 4 GiB'
  throw new UsageError(`--sram is ${like}, not '${text}'`, command)
}
