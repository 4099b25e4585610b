/* The outer line of defence: what the process of a script may still ask of the system.
 *
 * Called once in a worker, after its last set-up step and before any script: from then on it can
 * talk over the descriptors that it has, get and give back memory, set its timer, read the clock
 * and end. Any other system call kills it. docs/decisions/0009-box.md says why each is allowed.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* `memory`: the bytes that the worker may ever need. True when the system-call filter is in force;
 * false where this system or this build has none: the resource limits hold all the same. */
bool cyn_confine(size_t memory);
