/* The zones around the arena: written before an inference, checked after it. */
#ifndef THIMBLE_HARNESS_GUARD_H
#define THIMBLE_HARNESS_GUARD_H

#include "program.h"

/* Fills the guards, and the arena with `fill` so that no result can depend on what was there. */
void thimble_guard_arm(const struct thimble_program *program, uint8_t fill);

/* 0 when nobody wrote outside of the arena. */
int thimble_guard_check(const struct thimble_program *program);

#endif
