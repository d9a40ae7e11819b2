// TH6xxx: boards and running on a host.

import type { Message } from '../message.ts'

export const runMessages = {
  TH6001: {
    severity: 'error',
    text: "there is no board '{name}'",
    hint: 'boards: {known}',
  },
  TH6101: {
    severity: 'error',
    text: 'nothing can be built or run for board {board} here',
    hint: 'boards for this: {known}',
  },
  TH6102: {
    severity: 'error',
    text: 'an inference has {expected} inputs, not {actual}',
    hint: '`thimble inspect MODEL` lists the inputs',
  },
  TH6103: {
    severity: 'error',
    text: 'input {index} ({name}) has {expected} bytes, not {actual}',
    hint: 'inputs are raw little-endian tensors, concatenated in the order of the model',
  },
  TH6104: {
    severity: 'error',
    text: 'the program wrote outside of its arena on {host}',
    hint: 'this is a bug of Thimble; please report it with the model',
  },
  TH6105: {
    severity: 'error',
    text: 'the program failed on {host}: {detail}',
    hint: '`--host js` runs the same kernels with every access checked and names the line at fault',
  },
  TH6106: {
    severity: 'error',
    text: 'the program did not finish within {seconds} s on {host}',
    hint: 'run fewer inferences at once or raise the time limit',
  },
  TH6107: {
    severity: 'error',
    text: 'a sanitizer stopped the program: {detail}',
    hint: 'this is a bug of Thimble; please report it with the model',
  },
  TH6108: {
    severity: 'error',
    text: 'the program on {host} gave {actual} bytes of results where {expected} were due',
    hint: 'this is a bug of Thimble unless the temporary folder is full',
  },
} as const satisfies Record<string, Message>
