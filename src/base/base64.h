/* Base64 (RFC 4648), for what has to pass as text. Pure functions; any thread. */
#pragma once
#include "base/buf.h"

/* With padding, on one line. */
void cyn_base64(const void *data, size_t n, cyn_buf *out);
/* False, with nothing added, where the text is no base64 with padding. */
bool cyn_base64_decode(const char *s, size_t n, cyn_buf *out);
