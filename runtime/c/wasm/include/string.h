/* The part of <string.h> that emitted C may use, for a clang without a C library for wasm32. */
#ifndef THIMBLE_WASM_STRING_H
#define THIMBLE_WASM_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);

#endif
