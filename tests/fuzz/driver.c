/* Runs a fuzz target over the files of a folder, as an ordinary test (TAP).
 *
 *     fuzz_csv tests/fuzz/corpus/csv
 *
 * Each file is tried whole, cut after every byte, and with every byte replaced by those that mean
 * something to a parser. A file that a fuzzer found goes into the folder, and stays fixed.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX = 4096, FILES_MAX = 500 };

/* The text in memory of its own size, so that a sanitizer sees a read beyond it. */
static void try_bytes(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void try_file(uint8_t *data, size_t size)
{
    static const uint8_t special[] = {0, '\n', '\r', '"', ',', '\\', '{', ']', '9', 0x80, 0xFF};
    for (size_t n = 0; n <= size; n++)
        try_bytes(data, n);
    for (size_t i = 0; i < size; i++) {
        uint8_t before = data[i];
        for (size_t k = 0; k < sizeof special; k++) {
            data[i] = special[k];
            try_bytes(data, size);
        }
        data[i] = before;
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int main(int argc, char **argv)
{
    char *names[FILES_MAX], path[1000];
    uint8_t data[FILE_MAX];
    size_t count = 0;
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    if (!dir) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *e; count < FILES_MAX && (e = readdir(dir));)
        if (e->d_name[0] != '.') names[count++] = strdup(e->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    int failed = count == 0;
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], names[i]);
        FILE *f = fopen(path, "rb");
        size_t size = f ? fread(data, 1, sizeof data, f) : 0;
        if (f) {
            fclose(f);
            try_file(data, size);
        }
        failed |= !f;
        printf("%sok %zu - %s\n", f ? "" : "not ", i + 1, names[i]);
        free(names[i]);
    }
    printf("1..%zu\n", count);
    return failed;
}
