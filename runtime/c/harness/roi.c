/* The two marks around the measured inference, in a file of their own against inlining. */
#include "firmware.h"

/* The assembly keeps memory accesses on their side of the mark and the two bodies distinct. */
__attribute__((noinline, used)) void thimble_roi_begin(void) {
  __asm volatile("nop @ begin" ::: "memory");
}

__attribute__((noinline, used)) void thimble_roi_end(void) {
  __asm volatile("nop @ end" ::: "memory");
}
