/* Where generated buffers go: boards have sections for them, other systems do not care. */
#ifndef THIMBLE_HARNESS_PLACE_H
#define THIMBLE_HARNESS_PLACE_H

/* The prefix .bss makes the compiler leave the zeros out of the object file. */
#if defined(__arm__)
#define THIMBLE_PLACE(name) __attribute__((aligned(16), section(".bss.thimble_" #name)))
#else
#define THIMBLE_PLACE(name) __attribute__((aligned(16)))
#endif

#endif
