/* The port over Arm semihosting ("Semihosting for AArch32 and AArch64", chapter 6). */
#include "semihosting.h"

#include "../harness/port.h"

enum operation {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_EXIT_EXTENDED = 0x20
};

enum open_mode { MODE_READ_BINARY = 1, MODE_WRITE_BINARY = 5 };

#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

static int32_t input = -1;
static int32_t output = -1;

static int32_t call(enum operation operation, const void *parameters) {
  register int32_t r0 __asm("r0") = (int32_t)operation;
  register const void *r1 __asm("r1") = parameters;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static int32_t open_file(const char *name, uint32_t name_length, enum open_mode mode) {
  const uint32_t parameters[3] = {(uint32_t)name, (uint32_t)mode, name_length};
  return call(SYS_OPEN, parameters);
}

static void close_file(int32_t file) {
  const uint32_t parameters[1] = {(uint32_t)file};
  if (file >= 0) (void)call(SYS_CLOSE, parameters);
}

static void fail(const char *text) {
  thimble_port_print(text);
  thimble_port_exit(THIMBLE_EXIT_IO);
}

void thimble_port_open(void) {
  input = open_file("input.bin", 9, MODE_READ_BINARY);
  output = open_file("output.bin", 10, MODE_WRITE_BINARY);
  if (input < 0 || output < 0) fail("cannot open input.bin and output.bin\n");
}

/* SYS_READ and SYS_WRITE return the number of bytes they did not transfer. */
void thimble_port_read(void *to, uint32_t bytes) {
  const uint32_t parameters[3] = {(uint32_t)input, (uint32_t)to, bytes};
  if (bytes > 0u && call(SYS_READ, parameters) != 0) fail("input.bin is too short\n");
}

void thimble_port_write(const void *from, uint32_t bytes) {
  const uint32_t parameters[3] = {(uint32_t)output, (uint32_t)from, bytes};
  if (bytes > 0u && call(SYS_WRITE, parameters) != 0) fail("cannot write output.bin\n");
}

void thimble_port_print(const char *text) { (void)call(SYS_WRITE0, text); }

void thimble_port_exit(int32_t code) {
  close_file(input);
  close_file(output);
  thimble_semihosting_exit(code);
}

void thimble_semihosting_exit(int32_t code) {
  const uint32_t parameters[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
  (void)call(SYS_EXIT_EXTENDED, parameters);
  for (;;) {
  }
}
