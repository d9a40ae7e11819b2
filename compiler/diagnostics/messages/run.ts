// TH6xxx: boards and running on a host.

import type { Message } from '../message.ts'

export const runMessages = {
  TH6001: {
    severity: 'error',
    text: "there is no board '{name}'",
    hint: 'boards: {known}',
  },
  TH6002: {
    severity: 'error',
    text: 'this is no board file: {reason}',
    hint: 'a board file is JSON like those in boards/, for example boards/stm32f412.json',
  },
  TH6003: {
    severity: 'error',
    text: 'the board is not sound: {problem}',
    hint: 'boards/schema.ts says what each entry means; boards/stm32f412.json is an example',
  },
  TH6011: {
    severity: 'error',
    text: '{what} cannot be read: {reason}',
    hint: 'check the path and the permissions',
  },
  TH6012: {
    severity: 'error',
    text: '{what} is {kind}',
    hint: 'name the file itself',
  },
  TH6013: {
    severity: 'error',
    text: '{what} has {bytes} bytes; at most {limit} are read',
    hint: 'a network for a microcontroller is much smaller: check that this is the right file',
  },
  TH6014: {
    severity: 'error',
    text: '{what} is empty',
    hint: 'the command that made it may have failed',
  },
  TH6015: {
    severity: 'error',
    text: 'the input has {actual} bytes, which is no multiple of the {expected} of one inference',
    hint: 'one inference is {inputs}; several follow each other without gaps',
  },
  TH6021: {
    severity: 'error',
    text: 'the golden data is damaged: {detail}',
    hint: 'copy it again; the format is manifest.json with the files it names',
  },
  TH6022: {
    severity: 'error',
    text: 'these goldens belong to another file: {name} with SHA-256 {expected}, the model has {actual}',
    hint: 'give the model file that the goldens were made with',
  },
  TH6023: {
    severity: 'error',
    text: 'these goldens are of a model that keeps state between inferences, which is not supported',
    hint: 'make the state an input and an output of the model',
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
  TH6109: {
    severity: 'error',
    text: 'the checked kernel stopped: {detail}',
    hint: 'the kernel is at fault at this line for these inputs; `node --inspect` stops there',
  },
  TH6110: {
    severity: 'error',
    text: 'the program on {host} moved rows out of order: {detail}',
    hint: 'this is a bug of Thimble; please report it with the model',
  },
  TH6111: {
    severity: 'error',
    text: "the firmware has no symbol '{symbol}', so it cannot be profiled",
    hint: 'profile an ELF file of `thimble firmware`, with its symbols',
  },
  TH6201: {
    severity: 'error',
    text: '{detail}',
    hint: '`{help} --help` tells more',
  },
  TH6301: {
    severity: 'error',
    text: "there is no kernel '{name}'",
    hint: 'kernels: {known}',
  },
  TH6302: {
    severity: 'error',
    text: "no variant of '{name}' takes the case '{case}' on {board}",
    hint: 'name the operator alone to take the best variant that does, or another board',
  },
} as const satisfies Record<string, Message>
