/* A program that turns one buffer into another, for testing small pieces of C on any target. */
#ifndef THIMBLE_HARNESS_BUFFER_H
#define THIMBLE_HARNESS_BUFFER_H

#include "place.h"

#include <stdint.h>

/* To be defined by the program under test. Both buffers are 16-byte aligned; output is zeroed. */
void thimble_buffer_main(const void *input, uint32_t input_bytes, void *output,
                         uint32_t output_bytes);

/* Generated: where the buffers are and how large. */
struct thimble_buffers {
  uint8_t *input;
  uint32_t input_bytes;
  uint8_t *output;
  uint32_t output_bytes;
};

extern const struct thimble_buffers thimble_buffers;

#endif
