/* Reset and the vector table of a Cortex-M: write protection, FPU, .data and .bss, then main. */
#include "fault.h"
#include "semihosting.h"

#include <stdint.h>
#include <string.h>

/* Armv7-M Architecture Reference Manual, B3.2: system control registers. */
#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define CCR (*(volatile uint32_t *)0xE000ED14u)
#define MPU_CTRL (*(volatile uint32_t *)0xE000ED94u)
#define MPU_RBAR (*(volatile uint32_t *)0xE000ED9Cu)
#define MPU_RASR (*(volatile uint32_t *)0xE000EDA0u)
#define CPACR_FPU_FULL_ACCESS (0xFu << 20)
#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_DIV_0_TRP (1u << 4)
#define MPU_RBAR_VALID_REGION_0 (1u << 4)
/* Read-only for everyone, normal write-through memory, executable, 2^(28 + 1) bytes, enabled. */
#define MPU_RASR_READ_ONLY_512_MB ((6u << 24) | (2u << 16) | (28u << 1) | 1u)
#define MPU_CTRL_ON_WITH_DEFAULT_MAP 5u

extern uint8_t thimble_stack_top[];
extern uint8_t thimble_data_start[];
extern uint8_t thimble_data_end[];
extern const uint8_t thimble_data_load[];
extern uint8_t thimble_bss_start[];
extern uint8_t thimble_bss_end[];

int main(void);
void thimble_reset(void);

/* Nothing before the barrier may use the FPU, so the rest is a function of its own. */
static __attribute__((noinline, noreturn)) void start(void) {
  memcpy(thimble_data_start, thimble_data_load, (size_t)(thimble_data_end - thimble_data_start));
  memset(thimble_bss_start, 0, (size_t)(thimble_bss_end - thimble_bss_start));
  thimble_semihosting_exit(main());
}

/*
 * Everything below RAM faults when written: constants, null pointers, an overflowing stack. The unit of
 * Armv8-M has other registers, and what it guards would not be only code there.
 */
static void protect_code_region(void) {
#if __ARM_ARCH < 8
  MPU_RBAR = MPU_RBAR_VALID_REGION_0;
  MPU_RASR = MPU_RASR_READ_ONLY_512_MB;
  MPU_CTRL = MPU_CTRL_ON_WITH_DEFAULT_MAP;
#endif
}

void thimble_reset(void) {
  protect_code_region();
  CPACR |= CPACR_FPU_FULL_ACCESS;
  CCR |= CCR_DIV_0_TRP;
#ifndef __ARM_FEATURE_UNALIGNED
  /* Code for a core without unaligned accesses may run on one that has them: they must fault all the same. */
  CCR |= CCR_UNALIGN_TRP;
#endif
  __asm volatile("dsb\n\tisb" ::: "memory");
  start();
}

/* Stack pointer, reset, then NMI to SysTick: everything but reset is unexpected here. */
__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))thimble_stack_top,
    thimble_reset,
    thimble_fault,
    thimble_fault,
    thimble_fault,
    thimble_fault,
    thimble_fault,
    0,
    0,
    0,
    0,
    thimble_fault,
    thimble_fault,
    0,
    thimble_fault,
    thimble_fault,
};
