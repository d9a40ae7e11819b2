/* The handler of every exception a firmware does not expect. */
#ifndef THIMBLE_PORT_FAULT_H
#define THIMBLE_PORT_FAULT_H

/* Prints what happened and where, and exits with THIMBLE_EXIT_FAULT instead of hanging. */
void thimble_fault(void);

#endif
