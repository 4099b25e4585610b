/* What the files behind app/adhoc.h share: rows and records as tables, as JSON and as answers. */
#pragma once
#include "app/adhoc.h"
#include "catalog/wire.h"
#include "engine/adhoc.h"

/* Writes the buffer to standard output and clears it. */
CYN_NODISCARD cyn_code cyn_adhoc_print(cyn_buf *out, cyn_err *err);

CYN_NODISCARD cyn_code cyn_adhoc_show_rows(const cyn_adhoc_host *h, const cyn_adhoc_rows *r,
                                           cyn_arena *arena, cyn_err *err);
void cyn_adhoc_reply_rows(const cyn_adhoc_rows *r, cyn_buf *reply);
/* `columns` is an array of texts, `rows` one of maps. */
CYN_NODISCARD cyn_code cyn_adhoc_show_records(const cyn_adhoc_host *h, const cyn_value *columns,
                                              const cyn_value *rows, cyn_arena *arena,
                                              cyn_err *err);
