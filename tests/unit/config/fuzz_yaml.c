/* Fuzzing of the YAML files: whatever the bytes are, loading ends, finds a reason when it fails,
 * and frees what it took (run it with -Db_sanitize=address,undefined).
 *
 * With libFuzzer: clang -fsanitize=fuzzer,address -DCYN_LIBFUZZER …. Without: fuzz_yaml PATTERN
 * takes each matching file as it is, cut short at many places, and with bytes changed by a fixed
 * generator.
 */
#include "config/load.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void load_once(const cyn_file_kind *kind, const char *text, size_t size)
{
    cyn_arena *arena = cyn_arena_new((size_t)256 << 20);
    if (!arena) abort();
    cyn_err_list errs;
    cyn_err_list_init(&errs, arena);
    void *root = NULL;
    cyn_code rc = cyn_load_text(kind, text, size, kind->file, arena, &root, &errs);
    bool reason_missing = rc != CYN_OK && rc != CYN_E_NOMEM && errs.count == 0;
    if (reason_missing || (rc == CYN_OK) != (root != NULL) || (rc == CYN_OK && errs.count)) abort();
    cyn_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load_once(&cyn_file_cynosure, (const char *)data, size);
    load_once(&cyn_file_kpis, (const char *)data, size);
    load_once(&cyn_file_dictionary, (const char *)data, size);
    load_once(&cyn_file_okrs, (const char *)data, size);
    return 0;
}

#ifndef CYN_LIBFUZZER
static char *read_file(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    if (!in) return NULL;
    char *text = malloc(CYN_CONFIG_BYTES);
    if (text) *size = fread(text, 1, CYN_CONFIG_BYTES, in);
    fclose(in);
    return text;
}

/* Bytes that mean something to YAML, so that changes reach beyond the first syntax check. */
static char next_byte(uint64_t *state)
{
    static const char meaningful[] = "\n\t \"'#&*-:?[]{},|>%@!<~$.0129azAZ\\\x80\xe3\xff";
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return meaningful[(*state >> 33) % (sizeof meaningful)];
}

static void vary(const char *text, size_t size, uint64_t seed)
{
    for (int round = 0; round < 60; round++) {
        size_t length = round < 20 ? size * (size_t)round / 20 : size;
        char *input = malloc(length ? length : 1); /* no longer than it says, for the sanitizer */
        if (!input) abort();
        memcpy(input, text, length);
        for (int change = 0; round >= 20 && change < 1 + round % 4 && length; change++) {
            char byte = next_byte(&seed);
            input[(seed >> 20) % length] = byte;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)input, length);
        free(input);
    }
}

int main(int argc, char **argv)
{
    glob_t found;
    if (argc != 2 || glob(argv[1], 0, NULL, &found) != 0) {
        fprintf(stderr, "usage: fuzz_yaml 'PATTERN', matching at least one file\n");
        return 1;
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t size = 0;
        char *text = read_file(found.gl_pathv[i], &size);
        if (!text) {
            fprintf(stderr, "cannot read %s\n", found.gl_pathv[i]);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)text, size);
        vary(text, size, i);
        free(text);
    }
    printf("%zu documents\n", found.gl_pathc);
    globfree(&found);
    return 0;
}
#endif
