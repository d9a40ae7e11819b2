/* Measures stack use by painting: fill the free part, run, look how far down it was overwritten. */
#ifndef THIMBLE_HARNESS_STACK_H
#define THIMBLE_HARNESS_STACK_H

#include <stdint.h>

/* Paints everything below the caller's frame and returns the caller's stack pointer. */
uint32_t thimble_stack_paint(void);

/* Bytes used below `stack_pointer` since it was painted. */
uint32_t thimble_stack_used(uint32_t stack_pointer);

#endif
