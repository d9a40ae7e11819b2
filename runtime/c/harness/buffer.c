/* Reads input.bin, hands it to the program under test and writes what it made to output.bin. */
#include "buffer.h"

#include "port.h"

#include <string.h>

int main(void) {
  const struct thimble_buffers *b = &thimble_buffers;
  thimble_port_open();
  thimble_port_read(b->input, b->input_bytes);
  memset(b->output, 0, b->output_bytes);
  thimble_buffer_main(b->input, b->input_bytes, b->output, b->output_bytes);
  thimble_port_write(b->output, b->output_bytes);
  thimble_port_exit(THIMBLE_EXIT_OK);
  return THIMBLE_EXIT_OK;
}
