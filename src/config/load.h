/* Reading one file from memory: what cyn_config_load() and its siblings do after opening it
 * (private to config; the fuzz driver enters here).
 */
#pragma once
#include "config/fields.h"

#define CYN_CONFIG_BYTES (1 << 20) /* the largest file that is read */

/* Fills *out with a new struct of the kind's type. The findings are added to errs; `text` may be
 * anything, and is not kept. */
CYN_NODISCARD cyn_code cyn_load_text(const cyn_file_kind *kind, const char *text, size_t size,
                                     const char *shown, cyn_arena *arena, void **out,
                                     cyn_err_list *errs);
CYN_NODISCARD cyn_code cyn_load_file(const cyn_file_kind *kind, const char *path, const char *shown,
                                     cyn_arena *arena, void **out, cyn_err_list *errs);
