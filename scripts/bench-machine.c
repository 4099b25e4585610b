/* What the machine can do, in GB/s, beside which scripts/bench sets its figures: bench-machine
 * FILE.
 *
 *     {"read": …, "read_all": …, "touch": …, "page_cache": …}
 *
 * Reading memory with one thread and with all; touching memory that is new to the process; reading
 * FILE from the page cache. Each is the best of three.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BLOCK        ((size_t)256 << 20) /* far larger than any cache */
#define MOST_THREADS 64

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

typedef struct part {
    const uint64_t *words;
    size_t n;
    uint64_t sum;
} part;

static void *add_up(void *argument)
{
    part *p = argument;
    uint64_t sums[8] = {0};
    for (size_t i = 0; i + 8 <= p->n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sums[k] += p->words[i + k];
    for (size_t k = 0; k < 8; k++)
        p->sum += sums[k];
    return NULL;
}

static double read_memory(const uint64_t *words, size_t threads)
{
    part parts[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    size_t n = BLOCK / sizeof *words / threads;
    double began = now();
    for (size_t i = 0; i < threads; i++) {
        parts[i] = (part){words + i * n, n, 0};
        if (pthread_create(&ids[i], NULL, add_up, &parts[i]) != 0) exit(1);
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        sum += parts[i].sum;
    }
    double took = now() - began;
    if (sum == 0) exit(1); /* nobody may leave the sums out */
    return (double)BLOCK / took / 1e9;
}

static double touch_memory(void)
{
    double began = now();
    char *fresh = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) exit(1);
    memset(fresh, 1, BLOCK);
    double took = now() - began;
    munmap(fresh, BLOCK);
    return (double)BLOCK / took / 1e9;
}

static double read_file(const char *path, char *room, size_t size)
{
    int file = open(path, O_RDONLY);
    if (file < 0) exit(1);
    double began = now(), bytes = 0;
    for (ssize_t n; (n = read(file, room, size)) > 0;)
        bytes += (double)n;
    double took = now() - began;
    close(file);
    return bytes / took / 1e9;
}

static double best(double a, double b)
{
    return a > b ? a : b;
}

int main(int argc, char **argv)
{
    static char room[1 << 20];
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = cpus < 1 ? 1 : cpus > MOST_THREADS ? MOST_THREADS : (size_t)cpus;
    uint64_t *words = malloc(BLOCK);
    if (argc != 2 || !words) return 2;
    for (size_t i = 0; i < BLOCK / sizeof *words; i++)
        words[i] = i;
    double one = 0, all = 0, touch = 0, file = 0;
    for (int run = 0; run < 3; run++) {
        one = best(one, read_memory(words, 1));
        all = best(all, read_memory(words, threads));
        touch = best(touch, touch_memory());
        file = best(file, read_file(argv[1], room, sizeof room));
    }
    printf("{\"read\":%.2f,\"read_all\":%.2f,\"touch\":%.2f,\"page_cache\":%.2f}\n", one, all,
           touch, file);
    free(words);
    return 0;
}
