/* memcpy, memmove and memset for a clang that has no C library for WebAssembly. */
#include <stdint.h>
#include <string.h>

/* Built with -fno-builtin, or each loop would become a call of the function it is in. */
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  uint8_t *d = to;
  const uint8_t *s = from;
  for (size_t i = 0; i < count; i++) d[i] = s[i];
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  uint8_t *d = to;
  const uint8_t *s = from;
  if ((uintptr_t)d < (uintptr_t)s) {
    for (size_t i = 0; i < count; i++) d[i] = s[i];
    return to;
  }
  for (size_t i = count; i > 0; i--) d[i - 1] = s[i - 1];
  return to;
}

void *memset(void *to, int value, size_t count) {
  uint8_t *d = to;
  for (size_t i = 0; i < count; i++) d[i] = (uint8_t)value;
  return to;
}
