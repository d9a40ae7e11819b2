/* The zones around the arena: written before an inference, checked after it. */
#include "guard.h"

#include <string.h>

#define GUARD_BYTE 0xC3u

/* Under AddressSanitizer even reading a guard is an error, for everyone but this file. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define FORBID(address, bytes) __asan_poison_memory_region((address), (bytes))
#define ALLOW(address, bytes) __asan_unpoison_memory_region((address), (bytes))
#else
#define FORBID(address, bytes) ((void)(address))
#define ALLOW(address, bytes) ((void)(address))
#endif

static uint8_t *upper_guard(const struct thimble_program *program) {
  return program->memory + THIMBLE_GUARD_BYTES + program->arena_bytes;
}

void thimble_guard_arm(const struct thimble_program *program, uint8_t fill) {
  uint8_t *lower = program->memory;
  uint8_t *upper = upper_guard(program);
  ALLOW(lower, THIMBLE_GUARD_BYTES);
  ALLOW(upper, THIMBLE_GUARD_BYTES);
  memset(lower, GUARD_BYTE, THIMBLE_GUARD_BYTES);
  memset(lower + THIMBLE_GUARD_BYTES, fill, program->arena_bytes);
  memset(upper, GUARD_BYTE, THIMBLE_GUARD_BYTES);
  FORBID(lower, THIMBLE_GUARD_BYTES);
  FORBID(upper, THIMBLE_GUARD_BYTES);
}

static int is_untouched(uint8_t *guard) {
  ALLOW(guard, THIMBLE_GUARD_BYTES);
  for (uint32_t i = 0; i < THIMBLE_GUARD_BYTES; i++) {
    if (guard[i] != GUARD_BYTE) return 0;
  }
  return 1;
}

int thimble_guard_check(const struct thimble_program *program) {
  return is_untouched(program->memory) && is_untouched(upper_guard(program)) ? 0 : 1;
}
