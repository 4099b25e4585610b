/* What the workers sent when scripts were loaded, kept so that a later load needs no worker
 * (cyn_script_keep of script/script.h).
 *
 * The key is a hash of everything that a script can see while it is loaded:
 *
 *   - the texts of all scripts and modules, by pack, in their order, and how they are called
 *   - what the host tells a worker: the sources' names, the zone, the limits of a load
 *   - the zone's transitions, which come from the system's files
 *   - the library: this program, which has it embedded, as a file on the disk; the texts of one
 * that stands in for it
 *   - the Lua and the arithmetic that it runs on, as files, where they are libraries of the system
 *
 * There is nothing else: a script has no clock, files, environment, random numbers, addresses or
 * order of hashes (lua/cynosure/_sandbox.lua and _order.lua, script/library.h), no worker knows how
 * many there are, and the time that a call may take is of calls alone. Each worker that loads the
 * same has to declare the same bytes anyway (script/program.h): should something be missing here, a
 * call fails that needs one, and what was kept is dropped.
 */
#pragma once
#include "script/program.h"

#define CYN_KEPT_KEY 65 /* hexadecimal digits, and a NUL */

/* False where something cannot be told: then nothing can be kept. */
bool cyn_kept_key(const cyn_program *programs, size_t n, char out[CYN_KEPT_KEY]);
/* Gives each program the message that was kept of it; false when there are none. */
bool cyn_kept_find(const cyn_script_keep *keep, const char *key, cyn_program *programs, size_t n);
/* Keeps the messages of programs that have been loaded. */
void cyn_kept_add(const cyn_script_keep *keep, const char *key, const cyn_program *programs,
                  size_t n);
