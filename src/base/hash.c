#include "base/hash.h"
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* Both halves of the full product: every bit of x reaches every bit of the result. */
static uint64_t fold(uint64_t x, uint64_t y)
{
    u128 product = (u128)x * y;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Odd constants without a pattern: the first bits of pi (A) and of e (B). */
#define A UINT64_C(0x243f6a8885a308d3)
#define B UINT64_C(0xb7e151628aed2a6b)

uint64_t cyn_hash64(const void *data, size_t n, uint64_t seed)
{
    const unsigned char *p = data;
    /* The length takes part: the last word is padded with zeros, which may be data elsewhere. */
    uint64_t h = fold(seed ^ A, B + 2 * (uint64_t)n), word;
    for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        h = fold(h ^ word, A) + B;
    }
    if (n > 0) {
        word = 0;
        memcpy(&word, p, n);
        h = fold(h ^ word, A) + B;
    }
    return cyn_hash_mix(h);
}

cyn_sha256 cyn_sha256_of(const void *data, size_t n)
{
    struct sha256_ctx context;
    cyn_sha256 digest;
    sha256_init(&context);
    sha256_update(&context, n, data);
    sha256_digest(&context, sizeof digest.bytes, digest.bytes);
    return digest;
}

void cyn_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

cyn_sha256 cyn_hmac_sha256(const void *key, size_t nkey, const void *data, size_t n)
{
    struct hmac_sha256_ctx context;
    cyn_sha256 digest;
    hmac_sha256_set_key(&context, nkey, key);
    hmac_sha256_update(&context, n, data);
    hmac_sha256_digest(&context, sizeof digest.bytes, digest.bytes);
    return digest;
}
