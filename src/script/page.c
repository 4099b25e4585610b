#include "script/page.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int cyn_page_create(void)
{
    int fd = memfd_create("cynosure-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    /* A page that shrank would be a SIGBUS in whoever reads it. */
    if (ftruncate(fd, sizeof(cyn_page)) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    int failure = errno;
    close(fd);
    errno = failure;
    return -1;
}

cyn_page *cyn_page_map(int fd)
{
    void *p = mmap(NULL, sizeof(cyn_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return p == MAP_FAILED ? NULL : p;
}

void cyn_page_unmap(cyn_page *p)
{
    if (p) munmap(p, sizeof *p);
}

/* A text that may lack its end, hold anything, and change meanwhile. */
static void copy_text(const char *from, size_t room, char *out, size_t size)
{
    size_t n = room < size ? room : size;
    memcpy(out, from, n);
    out[n - 1] = '\0';
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ') *c = '?';
}

size_t cyn_page_culprit(const cyn_page *p, char *reason, size_t size)
{
    size_t culprit = p ? p->culprit : 0;
    if (culprit > 0) copy_text(p->reason, sizeof p->reason, reason, size);
    return culprit;
}

void cyn_page_place(const cyn_page *p, cyn_err *err)
{
    char file[sizeof p->file];
    if (!p || !err) return;
    int line = p->line;
    copy_text(p->file, sizeof p->file, file, sizeof file);
    if (!file[0] || line <= 0) return;
    if (err->file[0] && (err->line > 0 || strcmp(err->file, file) != 0)) return;
    memcpy(err->file, file, sizeof file);
    err->line = line;
}
