/* Runs every inference of input.bin and writes traced tensors and outputs to output.bin.
 *
 * input.bin:  u32 number of inferences, u32 fill byte, then the inputs of each inference.
 * output.bin: for each inference the traced tensors in step order, then the outputs.
 */
#include "guard.h"
#include "port.h"
#include "program.h"

static uint32_t traced;

static uint8_t *arena(void) { return thimble_program.memory + THIMBLE_GUARD_BYTES; }

void thimble_trace(int32_t step) {
  const struct thimble_program *p = &thimble_program;
  while (traced < p->trace_count && p->trace[traced].step == step) {
    thimble_port_write(arena() + p->trace[traced].offset, p->trace[traced].bytes);
    traced++;
  }
}

static void run_inference(const struct thimble_program *p, uint8_t fill) {
  thimble_guard_arm(p, fill);
  for (uint32_t i = 0; i < p->input_count; i++) {
    thimble_port_read(arena() + p->inputs[i].offset, p->inputs[i].bytes);
  }
  traced = 0;
  p->invoke(arena());
  if (thimble_guard_check(p) != 0) {
    thimble_port_print("the model wrote outside of its arena\n");
    thimble_port_exit(THIMBLE_EXIT_GUARD);
  }
  if (traced != p->trace_count) {
    thimble_port_print("not every traced step was reported\n");
    thimble_port_exit(THIMBLE_EXIT_TRACE);
  }
  for (uint32_t i = 0; i < p->output_count; i++) {
    thimble_port_write(arena() + p->outputs[i].offset, p->outputs[i].bytes);
  }
}

int main(void) {
  uint32_t header[2];
  thimble_port_open();
  thimble_port_read(header, sizeof header);
  for (uint32_t i = 0; i < header[0]; i++) run_inference(&thimble_program, (uint8_t)header[1]);
  thimble_port_exit(THIMBLE_EXIT_OK);
  return THIMBLE_EXIT_OK;
}
