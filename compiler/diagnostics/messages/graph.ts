// TH3xxx: graph, quantisation and schedule.

import type { Message } from '../message.ts'

const quantiseAgain = 'quantise the model to int8 again, with a current TFLite converter'
const ourFault = 'the graph was built or changed wrongly; a graph from the importer never has this'

export const graphMessages = {
  TH3001: {
    severity: 'error',
    text: 'this is a float model: {count} of its operators compute with float32, none with int8',
    hint: 'quantise it to int8 after training: TFLiteConverter with a representative_dataset, TFLITE_BUILTINS_INT8, and inference_input_type and inference_output_type int8',
  },
  TH3002: {
    severity: 'error',
    text: '{role} is of type {actual} where {expected} is supported',
    hint: 'quantise the whole model to int8; int16 and mixed models are not supported, and uint8 only as inputs and outputs that QUANTIZE converts',
  },
  TH3003: {
    severity: 'error',
    text: '{role} has no quantisation: neither scale nor zero point',
    hint: quantiseAgain,
  },
  TH3004: {
    severity: 'error',
    text: '{role} has {count} scales; activations have one',
    hint: 'only weights and biases can be quantised for each channel',
  },
  TH3005: {
    severity: 'error',
    text: '{role} is not a constant',
    hint: 'weights and biases computed at run time are not supported',
  },
  TH3006: {
    severity: 'error',
    text: '{role} has the zero point {zeroPoint} where 0 is required',
    hint: quantiseAgain,
  },
  TH3007: {
    severity: 'error',
    text: 'the weights are quantised along dimension {axis} where the output channels are dimension {expected}',
    hint: quantiseAgain,
  },
  TH3008: {
    severity: 'error',
    text: 'the bias of channel {channel} has the scale {actual}, input and weights make it {expected}',
    hint: quantiseAgain,
  },
  TH3009: {
    severity: 'error',
    text: 'input {position} has scale {inputScale} and zero point {inputZeroPoint}, the output {outputScale} and {outputZeroPoint}: they have to be equal',
    hint: 'quantise with a current TFLite converter, or put a QUANTIZE in between',
  },
  TH3010: {
    severity: 'error',
    text: 'the output has scale {scale} and zero point {zeroPoint} where TFLite fixes 1/256 and -128',
    hint: quantiseAgain,
  },
  TH3011: {
    severity: 'error',
    text: 'rescaling by {factor} is out of range: {allowed}',
    hint: 'the scales of inputs and output are too far apart; quantise with representative data',
  },
  TH3012: {
    severity: 'error',
    text: 'the output scale {scale} is too small for the bounds of {activation}',
    hint: quantiseAgain,
  },
  TH3013: {
    severity: 'error',
    text: '{role} has {rank} dimensions where at most {limit} are supported',
    hint: 'reshape around the operator, for example by merging the leading dimensions',
  },
  TH3014: {
    severity: 'error',
    text: '{role} {position} of the model is of type {actual}; int8, uint8 and float32 are supported',
    hint: 'convert with inference_input_type and inference_output_type int8',
  },
  TH3015: {
    severity: 'error',
    text: 'rows of {length} values are longer than the {limit} a softmax can add up in 32 bits',
    hint: 'split the softmax, or apply it outside of the model',
  },
  TH3016: {
    severity: 'error',
    text: 'output {position} of the model ({name}) is a constant',
    hint: 'nothing is computed for it; leave it out of the outputs of the model',
  },
  TH3017: {
    severity: 'error',
    text: 'the model has {count} operators; {limit} is the limit',
    hint: 'models for microcontrollers have a few hundred at most; is this the right file?',
  },
  TH3018: {
    severity: 'error',
    text: 'it has the fused activation {activation}; TFLite allows none here',
    hint: 'apply the activation to the inputs, or in an operator of its own',
  },
  TH3030: {
    severity: 'error',
    text: '{reason}',
    hint: 'TensorFlow Lite Micro refuses or leaves open the same case; convert the model again',
  },
  TH3051: {
    severity: 'error',
    text: 'tensor {index} is broken: {reason}',
    hint: ourFault,
  },
  TH3052: {
    severity: 'error',
    text: '{role} refers to tensor {index} of {count}',
    hint: ourFault,
  },
  TH3053: {
    severity: 'error',
    text: 'input {position} is tensor {index}, which nothing has computed yet',
    hint: ourFault,
  },
  TH3054: {
    severity: 'error',
    text: 'tensor {index} is written, but it has a value already',
    hint: ourFault,
  },
  TH3055: {
    severity: 'error',
    text: 'the shapes do not fit: {reason}',
    hint: ourFault,
  },
  TH3056: {
    severity: 'error',
    text: 'output {position} of the graph is tensor {index}, which nothing computes',
    hint: ourFault,
  },
  TH3057: {
    severity: 'error',
    text: 'folded padding {position} is wrong: {reason}',
    hint: ourFault,
  },
} as const satisfies Record<string, Message>
