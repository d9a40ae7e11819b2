/* Ending a program through semihosting, for code that cannot rely on the rest of the port. */
#ifndef THIMBLE_PORT_SEMIHOSTING_H
#define THIMBLE_PORT_SEMIHOSTING_H

#include <stdint.h>

void thimble_semihosting_exit(int32_t code) __attribute__((noreturn));

#endif
