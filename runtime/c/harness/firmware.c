/* Bare-metal program: a warm-up inference, a measured one, then the CRC of the outputs. */
#include "firmware.h"

#include "guard.h"
#include "port.h"
#include "program.h"
#include "stack.h"

#include <string.h>

#define FILL 0xA5u

static uint8_t *arena(void) { return thimble_program.memory + THIMBLE_GUARD_BYTES; }

/* Knuth's 32-bit linear congruential generator; its top byte is the next input byte. */
static void load_noise(const struct thimble_program *p) {
  uint32_t state = 1;
  for (uint32_t i = 0; i < p->input_count; i++) {
    uint8_t *to = arena() + p->inputs[i].offset;
    for (uint32_t k = 0; k < p->inputs[i].bytes; k++) {
      state = state * 1664525u + 1013904223u;
      to[k] = (uint8_t)(state >> 24);
    }
  }
}

static void load_inputs(const struct thimble_program *p) {
  const uint8_t *from = thimble_firmware_input;
  thimble_guard_arm(p, FILL);
  if (from == 0) {
    load_noise(p);
    return;
  }
  for (uint32_t i = 0; i < p->input_count; i++) {
    memcpy(arena() + p->inputs[i].offset, from, p->inputs[i].bytes);
    from += p->inputs[i].bytes;
  }
}

/* CRC-32 as in zlib: reflected polynomial 0xEDB88320, start and final exclusive or of all ones. */
static uint32_t crc32_of_outputs(const struct thimble_program *p) {
  uint32_t crc = 0xFFFFFFFFu;
  for (uint32_t i = 0; i < p->output_count; i++) {
    const uint8_t *from = arena() + p->outputs[i].offset;
    for (uint32_t k = 0; k < p->outputs[i].bytes; k++) {
      crc ^= from[k];
      for (uint32_t bit = 0; bit < 8; bit++) {
        crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
      }
    }
  }
  return ~crc;
}

static void print_hex(const char *name, uint32_t value) {
  char line[64];
  uint32_t n = 0;
  while (name[n] != '\0') {
    line[n] = name[n];
    n++;
  }
  for (int32_t shift = 28; shift >= 0; shift -= 4) {
    line[n++] = "0123456789abcdef"[(value >> shift) & 15u];
  }
  line[n++] = '\n';
  line[n] = '\0';
  thimble_port_print(line);
}

static void print_decimal(const char *name, uint32_t value) {
  char line[64];
  char digits[10];
  uint32_t n = 0;
  uint32_t count = 0;
  while (name[n] != '\0') {
    line[n] = name[n];
    n++;
  }
  do {
    digits[count++] = (char)('0' + value % 10u);
    value /= 10u;
  } while (value != 0u);
  while (count > 0u) line[n++] = digits[--count];
  line[n++] = '\n';
  line[n] = '\0';
  thimble_port_print(line);
}

int main(void) {
  const struct thimble_program *p = &thimble_program;
  load_inputs(p);
  p->invoke(arena());
  load_inputs(p);
  uint32_t stack_pointer = thimble_stack_paint();
  thimble_roi_begin();
  p->invoke(arena());
  thimble_roi_end();
  uint32_t stack_bytes = thimble_stack_used(stack_pointer);
  if (thimble_guard_check(p) != 0) {
    thimble_port_print("the model wrote outside of its arena\n");
    thimble_port_exit(THIMBLE_EXIT_GUARD);
  }
  print_hex("output ", crc32_of_outputs(p));
  print_decimal("stack ", stack_bytes);
  thimble_port_exit(THIMBLE_EXIT_OK);
  return THIMBLE_EXIT_OK;
}
