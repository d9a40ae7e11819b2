/* Says what went wrong on a Cortex-M and ends the program instead of hanging in a fault handler. */
#include "fault.h"

#include "../harness/port.h"
#include "semihosting.h"

/* Armv7-M Architecture Reference Manual, B3.2.15: configurable fault status. */
#define CFSR (*(volatile uint32_t *)0xE000ED28u)
#define FRAME_RETURN_ADDRESS 6

extern uint8_t thimble_stack_limit[];
extern uint8_t thimble_stack_top[];

struct cause {
  uint32_t bits;
  const char *text;
};

static const struct cause causes[] = {
    {1u << 25, "division by zero"},         {1u << 24, "unaligned access"},
    {1u << 19, "floating point is off"},    {7u << 16, "undefined instruction"},
    {0x1Fu << 8, "access to no memory"},    {0x3Fu, "access to forbidden memory"},
};

/* A faulting push leaves the stack pointer outside of the stack, where the frame cannot be read. */
static int is_in_stack(const uint32_t *frame) {
  return (const uint8_t *)frame >= thimble_stack_limit &&
         (const uint8_t *)(frame + 8) <= thimble_stack_top;
}

static const char *cause_of(const uint32_t *frame) {
  uint32_t status = CFSR;
  if (!is_in_stack(frame)) return "stack overflow";
  for (uint32_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
    if ((status & causes[i].bits) != 0u) return causes[i].text;
  }
  return "unexpected exception";
}

__attribute__((used, noreturn)) void thimble_fault_report(const uint32_t *frame);

void thimble_fault_report(const uint32_t *frame) {
  char place[] = " at 0x00000000\n";
  uint32_t address = is_in_stack(frame) ? frame[FRAME_RETURN_ADDRESS] : 0u;
  for (uint32_t i = 0; i < 8u; i++) {
    place[6u + i] = "0123456789abcdef"[(address >> (28u - 4u * i)) & 15u];
  }
  thimble_port_print("fault: ");
  thimble_port_print(cause_of(frame));
  thimble_port_print(address != 0u ? place : "\n");
  thimble_semihosting_exit(THIMBLE_EXIT_FAULT);
}

/* The old stack pointer, which may point anywhere, is the argument; the report has its own stack. */
__attribute__((naked)) void thimble_fault(void) {
  __asm volatile(
      "mrs r0, msp\n\t"
      "ldr r1, =thimble_fault_stack_top\n\t"
      "mov sp, r1\n\t"
      "ldr r1, =thimble_fault_report\n\t"
      "bx r1\n\t"
      ".ltorg");
}
