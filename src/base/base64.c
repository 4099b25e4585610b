#include "base/base64.h"
#include <nettle/base64.h>

void cyn_base64(const void *data, size_t n, cyn_buf *out)
{
    if (!cyn_buf_reserve(out, BASE64_ENCODE_RAW_LENGTH(n) + 1)) return;
    base64_encode_raw(out->data + out->len, n, data);
    out->len += BASE64_ENCODE_RAW_LENGTH(n);
    out->data[out->len] = '\0';
}

bool cyn_base64_decode(const char *s, size_t n, cyn_buf *out)
{
    struct base64_decode_ctx context;
    size_t size = BASE64_DECODE_LENGTH(n);
    base64_decode_init(&context);
    if (!cyn_buf_reserve(out, size + 1)) return false;
    bool whole = base64_decode_update(&context, &size, (uint8_t *)out->data + out->len, n, s) &&
                 base64_decode_final(&context);
    if (whole) out->len += size;
    out->data[out->len] = '\0';
    return whole;
}
