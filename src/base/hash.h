/* Hashes: a fast 64-bit one for tables, SHA-256 (nettle) for definitions and files. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* For tables in memory only: its values differ between machines and versions. */
uint64_t cyn_hash64(const void *data, size_t n, uint64_t seed);
static inline uint64_t cyn_hash_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

typedef struct cyn_sha256 {
    uint8_t bytes[32];
} cyn_sha256;
cyn_sha256 cyn_sha256_of(const void *data, size_t n);
/* 2·n hexadecimal digits of the first n bytes and a NUL; out holds 2n + 1. */
void cyn_hex(const uint8_t *bytes, size_t n, char *out);
/* HMAC-SHA256 (RFC 2104), to sign what others check. */
cyn_sha256 cyn_hmac_sha256(const void *key, size_t nkey, const void *data, size_t n);
