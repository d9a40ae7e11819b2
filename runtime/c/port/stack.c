/* Measures stack use by painting: fill the free part, run, look how far down it was overwritten. */
#include "../harness/stack.h"

#define PAINT 0x57ACC0DEu

extern uint32_t thimble_stack_limit[];

/* Volatile, or the loops become calls of memset, which would paint over its own frame. */
__attribute__((noinline)) uint32_t thimble_stack_paint(void) {
  uint32_t here;
  __asm volatile("mov %0, sp" : "=r"(here));
  for (volatile uint32_t *p = thimble_stack_limit; (uint32_t)p < here; p++) *p = PAINT;
  return here;
}

__attribute__((noinline)) uint32_t thimble_stack_used(uint32_t stack_pointer) {
  const volatile uint32_t *p = thimble_stack_limit;
  while ((uint32_t)p < stack_pointer && *p == PAINT) p++;
  return stack_pointer - (uint32_t)p;
}
