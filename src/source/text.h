/* Small pieces of text for reports and reasons. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* "69,659"; size ≥ 32. */
void cyn_format_count(int64_t n, char *out, size_t size);
/* Bytes of the longest prefix of at most `most` bytes that does not cut a UTF-8 character. */
size_t cyn_utf8_cut(const char *s, size_t n, size_t most);
