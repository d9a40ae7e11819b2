/* The parts of a measuring firmware that other files define or that tools look for by name. */
#ifndef THIMBLE_HARNESS_FIRMWARE_H
#define THIMBLE_HARNESS_FIRMWARE_H

#include <stdint.h>

/* Generated: the inputs one after the other, or 0 for generated noise. */
extern const uint8_t *const thimble_firmware_input;

/* Bracket the measured inference; profilers start and stop at these two symbols. */
void thimble_roi_begin(void);
void thimble_roi_end(void);

#endif
