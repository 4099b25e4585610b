/* base/hash: what tables and definitions rely on. */
#include "base/hash.h"
#include "test.h"

static void test_equal_bytes_hash_equal_wherever_they_lie(void)
{
    char room[64] = "...a text of 27 bytes, here";
    for (size_t shift = 1; shift < 8; shift++) {
        char copy[64];
        memcpy(copy + shift, room, 28);
        CHECK(cyn_hash64(copy + shift, 28, 5) == cyn_hash64(room, 28, 5));
    }
}

static void test_length_seed_and_padding_count(void)
{
    CHECK(cyn_hash64("a", 1, 0) != cyn_hash64("a\0", 2, 0));
    CHECK(cyn_hash64("", 0, 0) != cyn_hash64("\0", 1, 0));
    CHECK(cyn_hash64("abc", 3, 0) != cyn_hash64("abc", 3, 1));
    CHECK(cyn_hash64("abcdefgh", 8, 0) != cyn_hash64("abcdefgh\0", 9, 0));
}

/* 100,000 numbers in text, in 2^17 buckets: a random function leaves 2^17 * exp(-0.763) = 61,118
 * of them empty, with a standard deviation of 104. */
static void test_similar_texts_spread_like_chance(void)
{
    enum { BUCKETS = 1 << 17 };
    static unsigned char low[BUCKETS], high[BUCKETS];
    for (int i = 0; i < 100000; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "user-%d", i);
        uint64_t h = cyn_hash64(text, (size_t)n, 0);
        low[h % BUCKETS] = 1;
        high[h >> 47] = 1;
    }
    int empty_low = 0, empty_high = 0;
    for (int i = 0; i < BUCKETS; i++) {
        empty_low += !low[i];
        empty_high += !high[i];
    }
    CHECK(abs(empty_low - 61118) < 1000);
    CHECK(abs(empty_high - 61118) < 1000);
}

/* FIPS 180-4 examples; the million of "a" too. */
static void test_sha256_is_sha256(void)
{
    char hex[65];
    cyn_hex(cyn_sha256_of("", 0).bytes, 32, hex);
    CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cyn_hex(cyn_sha256_of("abc", 3).bytes, 32, hex);
    CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *many = malloc(1000000);
    memset(many, 'a', 1000000);
    cyn_hex(cyn_sha256_of(many, 1000000).bytes, 32, hex);
    CHECK_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(many);
}

static void test_hex_is_cut_where_asked(void)
{
    char hex[9];
    cyn_hex((const uint8_t *)"\x00\x0f\xa5\xff", 4, hex);
    CHECK_STR(hex, "000fa5ff");
    cyn_hex((const uint8_t *)"\x0f", 0, hex);
    CHECK_STR(hex, "");
}

int main(void)
{
    RUN(test_equal_bytes_hash_equal_wherever_they_lie);
    RUN(test_length_seed_and_padding_count);
    RUN(test_similar_texts_spread_like_chance);
    RUN(test_sha256_is_sha256);
    RUN(test_hex_is_cut_where_asked);
    return test_end();
}
