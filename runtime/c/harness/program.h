/* What the harness knows of a compiled model: a table that is generated beside the package. */
#ifndef THIMBLE_HARNESS_PROGRAM_H
#define THIMBLE_HARNESS_PROGRAM_H

#include "place.h"

#include <stdint.h>

/* Bytes before and after the arena that a model must leave alone. */
#define THIMBLE_GUARD_BYTES 256u

/* A tensor in the arena. `step` is the step after which a traced tensor is valid, else 0. */
struct thimble_tensor {
  int32_t step;
  uint32_t offset;
  uint32_t bytes;
};

struct thimble_program {
  /* Guard, arena, guard; the arena is 16-byte aligned. */
  uint8_t *memory;
  uint32_t arena_bytes;
  uint32_t input_count;
  uint32_t output_count;
  uint32_t trace_count;
  const struct thimble_tensor *inputs;
  const struct thimble_tensor *outputs;
  /* In step order. */
  const struct thimble_tensor *trace;
  void (*invoke)(void *arena);
};

extern const struct thimble_program thimble_program;

/* Called by packages that are compiled for tracing, after each step. */
void thimble_trace(int32_t step);

#endif
