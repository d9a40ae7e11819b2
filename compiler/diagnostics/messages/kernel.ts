// TH1xxx: the kernel subset and its types.

import type { Message } from '../message.ts'

export const kernelMessages = {
  TH1001: {
    severity: 'error',
    text: 'not valid TypeScript: {detail}',
    hint: 'kernels are TypeScript; the editor marks the same place',
  },
  TH1002: {
    severity: 'error',
    text: "cannot read the imported file '{path}'",
    hint: "imports are relative and end in '.ts', for example '../../runtime/lang/types.ts'",
  },
  TH1003: {
    severity: 'error',
    text: "a kernel cannot import '{path}'",
    hint: "import only './*.kernel.ts' files and files of runtime/lang",
  },
  TH1004: {
    severity: 'error',
    text: "'{path}' exports no '{name}'",
    hint: 'check the spelling, or export it there',
  },
  TH1005: {
    severity: 'error',
    text: '{what} cannot stand at the top level of a kernel file',
    hint: 'allowed: imports, interfaces with readonly scalar fields, functions, typed constants',
  },
  TH1006: {
    severity: 'error',
    text: "'{name}' is declared twice",
    hint: 'give one of them another name',
  },
  TH1007: {
    severity: 'error',
    text: "kernel file '{path}' has no exported function '{name}'",
    hint: 'export the entry function under that name',
  },
  TH1008: {
    severity: 'error',
    text: "cannot read the kernel file '{path}'",
    hint: 'check the path; kernels lie in kernels/<operator>/<variant>.kernel.ts',
  },
  TH1009: {
    severity: 'error',
    text: "'{path}' imports this file in turn",
    hint: 'move what both need into a third file',
  },
  TH1010: {
    severity: 'error',
    text: "'{name}' needs a type",
    hint: "write it out, for example '{name}: i32'; every parameter, result, field and 'let' has one",
  },
  TH1011: {
    severity: 'error',
    text: "the type '{type}' does not exist in kernels",
    hint: 'use i8 u8 i16 u16 i32 u32 i64 u64 f32 bool, Ptr<T>, ConstPtr<T>, Static<T> or a params interface',
  },
  TH1012: {
    severity: 'error',
    text: "'/' on {type} would make a fraction in TypeScript",
    hint: 'use idiv(a, b) for C division, or f32(a) / f32(b)',
  },
  TH1013: {
    severity: 'error',
    text: '{from} does not become {to} by itself',
    hint: '{hint}',
  },
  TH1014: {
    severity: 'error',
    text: "'{op}' cannot mix {left} and {right}",
    hint: 'convert one side, for example {left}(x)',
  },
  TH1015: {
    severity: 'error',
    text: "the operator '{op}' is not part of the subset{on}",
    hint: '{hint}',
  },
  TH1016: {
    severity: 'error',
    text: 'a condition must be bool, this is {type}',
    hint: "compare it: 'x !== 0'",
  },
  TH1017: {
    severity: 'error',
    text: '{what} is not part of the subset',
    hint: 'allowed statements: const, let, assignment, if, for, for-of unroll(), while, break, continue, return, calls',
  },
  TH1018: {
    severity: 'error',
    text: '{what} is not part of the subset',
    hint: 'kernels compute with numbers, pointers and calls of other kernel functions only',
  },
  TH1019: {
    severity: 'error',
    text: "the type '{type}' says nothing about how a value is stored",
    hint: 'name the number type that is meant',
  },
  TH1020: {
    severity: 'error',
    text: 'a function inside a function (closure) cannot become C',
    hint: 'move it to the top level and pass what it uses as parameters',
  },
  TH1021: {
    severity: 'error',
    text: '{what} would live on a heap, and there is none',
    hint: 'use localArray<T>(n) for memory, separate variables for fields',
  },
  TH1022: {
    severity: 'error',
    text: 'there are no strings in kernels',
    hint: 'use numbers',
  },
  TH1023: {
    severity: 'error',
    text: "'{name}' calls itself ({chain})",
    hint: 'write a loop: the stack of a microcontroller must be bounded at compile time',
  },
  TH1024: {
    severity: 'error',
    text: 'there are no exceptions in kernels',
    hint: 'make the case impossible, or return a value that says so',
  },
  TH1025: {
    severity: 'error',
    text: "'{name}' is not known here",
    hint: 'declare it, or import it from runtime/lang or a sibling kernel',
  },
  TH1026: {
    severity: 'error',
    text: "'{name}' takes {expected} argument(s), {given} given",
    hint: 'compare with its declaration',
  },
  TH1027: {
    severity: 'error',
    text: "'{name}' cannot be assigned",
    hint: "declare it with 'let', or use a new variable",
  },
  TH1028: {
    severity: 'error',
    text: 'a ConstPtr cannot be written through',
    hint: 'declare the parameter as Ptr<T> if the kernel is meant to write it',
  },
  TH1029: {
    severity: 'error',
    text: '{value} does not fit {type}',
    hint: 'the range of {type} is {range}',
  },
  TH1030: {
    severity: 'error',
    text: 'the bounds of unroll() are not known at compile time',
    hint: 'use literals, constants or Static parameters, or a plain for loop',
  },
  TH1031: {
    severity: 'error',
    text: 'unroll() would repeat the body {count} times; the limit is {limit}',
    hint: 'use a plain for loop with a smaller unrolled part inside',
  },
  TH1032: {
    severity: 'error',
    text: 'the length of localArray() must be a compile-time value from 1 to {limit}{found}',
    hint: 'use a literal, a constant or a Static parameter; ask for scratch memory when it is large',
  },
  TH1033: {
    severity: 'error',
    text: "the Static parameter '{name}' of '{function}' has no value",
    hint: 'give it in the variant (statics), or pass a constant where the function is called',
  },
  TH1034: {
    severity: 'error',
    text: 'shifting {type} by {amount} is not defined',
    hint: 'the amount must be from 0 to {limit}',
  },
  TH1035: {
    severity: 'error',
    text: 'this constant does not fit {type}: {value}',
    hint: 'use a wider type, or wrapAdd, wrapSub, wrapMul, wrapShl where wrapping is meant',
  },
  TH1036: {
    severity: 'error',
    text: 'division by zero',
    hint: 'the divisor is the constant 0 here',
  },
  TH1037: {
    severity: 'error',
    text: "'{name}' can end without returning its {type}",
    hint: "add a 'return' at the end",
  },
  TH1038: {
    severity: 'error',
    text: "'{op}' changes a variable inside an expression",
    hint: 'make it a statement of its own',
  },
  TH1039: {
    severity: 'error',
    text: "'{op}' compares loosely",
    hint: "use '{strict}'",
  },
  TH1040: {
    severity: 'error',
    text: 'the type {found} cannot be used where {wanted} is expected',
    hint: 'check the declaration on the other side',
  },
  TH1041: {
    severity: 'error',
    text: '{what} cannot be used in kernels',
    hint: 'write a plain function with typed parameters',
  },
  TH1042: {
    severity: 'error',
    text: "'{what}' has no loop to act on here",
    hint: 'it belongs directly in a for or while loop; an unrolled body always runs to its end',
  },
  TH1043: {
    severity: 'error',
    text: "'{keyword}' is not part of the subset",
    hint: "use 'let' or 'const'",
  },
  TH1044: {
    severity: 'error',
    text: "'{name}' returns nothing, so it has no value",
    hint: 'call it as a statement',
  },
  TH1045: {
    severity: 'error',
    text: 'this is not a well-formed intrinsic: {detail}',
    hint: "write defineIntrinsic({ c: '__NAME', requires: 'dsp', asm: '...' }, (x: i32): i32 => ...)",
  },
  TH1046: {
    severity: 'error',
    text: "'{name}' is not a value",
    hint: '{hint}',
  },
  TH1047: {
    severity: 'error',
    text: "the name '{name}' cannot be used: {reason}",
    hint: 'take another name: a letter, then letters, digits and single underscores',
  },
  TH1048: {
    severity: 'error',
    text: "the call of '{name}' writes memory, and the rest of the statement reads memory or calls too",
    hint: 'make the call a statement of its own: C does not say which operand is computed first',
  },
  TH1049: {
    severity: 'error',
    text: 'this is nested more than {limit} levels deep',
    hint: 'use variables for parts of the expression, and functions for inner statements',
  },
  TH1050: {
    severity: 'error',
    text: 'this pointer would outlive the local array it points into',
    hint: 'let the caller pass the memory, or declare the array at the top of the function',
  },
  TH1051: {
    severity: 'error',
    text: "'{name}' is used before it is declared",
    hint: 'move its declaration up, or rename one of two variables of that name',
  },
  TH1052: {
    severity: 'error',
    text: "only names can be imported from '{path}'",
    hint: "write import { a, b } from '{path}'",
  },
  TH1053: {
    severity: 'error',
    text: 'Static<T> is for parameters, with T an integer of up to 32 bits or bool',
    hint: 'leave Static<> out here',
  },
  TH1054: {
    severity: 'error',
    text: 'a params interface cannot have {what}',
    hint: 'it has readonly fields of scalar types, at least one',
  },
  TH1055: {
    severity: 'error',
    text: "the value of '{name}' is not a constant",
    hint: 'compute it from literals and constants declared above',
  },
} as const satisfies Record<string, Message>
