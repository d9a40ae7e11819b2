// TH5xxx: emission, packages and toolchains.

import type { Message } from '../message.ts'

export const emitMessages = {
  TH5101: {
    severity: 'error',
    text: '{what} needs {tool}, which is not on this machine',
    hint: '{howToGet}; `thimble doctor` lists all tools',
  },
  TH5102: {
    severity: 'error',
    text: '{tool} does not compile {file}: {detail}',
    hint: 'emitted C must compile without warnings, so this is a bug of Thimble unless the compiler is older than gcc 10 or clang 14',
  },
  TH5103: {
    severity: 'error',
    text: '{tool} cannot link the program for {target}: {detail}',
    hint: 'an overflowed region means that the program is too large for the memory of {target}',
  },
  TH5104: {
    severity: 'error',
    text: '{tool} did not finish within {seconds} s',
    hint: 'the machine may be overloaded; try again with less running beside it',
  },
  TH5105: {
    severity: 'error',
    text: '{tool} cannot be started: {detail}',
    hint: '`thimble doctor` shows which file is taken for it',
  },
  TH5106: {
    severity: 'error',
    text: 'the temporary build folder cannot be written: {detail}',
    hint: 'free some space there or point TMPDIR to another folder',
  },
  TH5201: {
    severity: 'error',
    text: 'cannot be written: {reason}',
    hint: 'nothing was changed; choose another place with --out or --output, or make room there',
  },
  TH5202: {
    severity: 'error',
    text: 'this folder has files that Thimble did not write and would have to replace: {files}',
    hint: 'choose another folder with --out, or move these files away',
  },
  TH5203: {
    severity: 'error',
    text: 'this is not a folder, so no package can be written into it',
    hint: 'choose another path with --out',
  },
} as const satisfies Record<string, Message>
