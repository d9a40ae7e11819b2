/* The port on a machine with an operating system. */
#include "../harness/port.h"

#include <stdio.h>
#include <stdlib.h>

static FILE *input;
static FILE *output;

static void fail(const char *text) {
  thimble_port_print(text);
  exit(THIMBLE_EXIT_IO);
}

void thimble_port_open(void) {
  input = fopen("input.bin", "rb");
  output = fopen("output.bin", "wb");
  if (input == NULL || output == NULL) fail("cannot open input.bin and output.bin\n");
}

void thimble_port_read(void *to, uint32_t bytes) {
  if (fread(to, 1, bytes, input) != bytes) fail("input.bin is too short\n");
}

void thimble_port_write(const void *from, uint32_t bytes) {
  if (fwrite(from, 1, bytes, output) != bytes) fail("cannot write output.bin\n");
}

void thimble_port_print(const char *text) { (void)fputs(text, stderr); }

void thimble_port_exit(int32_t code) {
  if (fclose(output) != 0) fail("cannot write output.bin\n");
  (void)fclose(input);
  exit((int)code);
}
