/* What a WebAssembly module of a model offers to its host, which looks after files and guards. */
#include "../harness/program.h"

#define IMPORT __attribute__((import_module("env"), import_name("thimble_host_trace")))
#define EXPORT(name) __attribute__((export_name(#name)))

IMPORT void thimble_host_trace(int32_t step);

void thimble_trace(int32_t step) { thimble_host_trace(step); }

EXPORT(thimble_host_memory) uint8_t *thimble_host_memory(void);
uint8_t *thimble_host_memory(void) { return thimble_program.memory; }

EXPORT(thimble_host_invoke) void thimble_host_invoke(void);
void thimble_host_invoke(void) {
  thimble_program.invoke(thimble_program.memory + THIMBLE_GUARD_BYTES);
}
