/* A file that grows by a line for each message, and standard output. */
#include "notify/send_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, data, n);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        data += written;
        n -= (size_t)written;
    }
    return true;
}

/* What a writer that was killed has left of its line ends before the next one begins; in a file
 * that may not be read, nobody can tell. */
static bool end_line(int fd, off_t size)
{
    char last;
    bool ended = size == 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n';
    return ended || write_all(fd, "\n", 1);
}

/* The line whole, and on the disk; or none of it, for a full disk must not leave half a line that
 * the next one goes on with. Writers take turns. 0 or an error number. */
static int append(int fd, const cyn_buf *line)
{
    struct stat before;
    if (flock(fd, LOCK_EX) != 0 || fstat(fd, &before) != 0) return errno;
    if (!S_ISREG(before.st_mode)) return EINVAL;
    if (end_line(fd, before.st_size) && write_all(fd, line->data, line->len) && fsync(fd) == 0)
        return 0;
    int problem = errno;
    if (ftruncate(fd, before.st_size) != 0) problem = errno;
    return problem;
}

/* Not blocking, for a pipe that nobody reads would wait for ever. */
static int open_and_append(const char *path, const cyn_buf *line)
{
    const int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, O_RDWR | flags, 0640);
    if (fd < 0 && errno == EACCES) fd = open(path, O_WRONLY | flags, 0640);
    if (fd < 0) return errno;
    int problem = append(fd, line);
    if (close(fd) != 0 && !problem) problem = errno;
    return problem;
}

cyn_code cyn_send_file(const cyn_sending *s, cyn_err *err)
{
    cyn_buf path = {0}, line = {0};
    if (*s->channel->path != '/') cyn_buf_printf(&path, "%s/", s->look->dir);
    cyn_buf_puts(&path, s->channel->path);
    cyn_buf_add(&line, s->body->data, s->body->len);
    cyn_buf_putc(&line, '\n');
    cyn_code rc = path.failed || line.failed ? cyn_nomem(err) : CYN_OK;
    if (rc == CYN_OK) {
        int problem = open_and_append(path.data, &line);
        rc = !problem            ? cyn_sent(s, CYN_NOTIFY_SENT, "written")
             : problem == EINVAL ? cyn_sent(s, CYN_NOTIFY_LATER, "not a file")
                                 : cyn_sent(s, CYN_NOTIFY_LATER, "%s", strerror(problem));
    }
    cyn_buf_clear(&path);
    cyn_buf_clear(&line);
    return rc;
}

cyn_code cyn_send_stdout(const cyn_sending *s, cyn_err *err)
{
    (void)err;
    errno = 0;
    bool ok = fwrite(s->body->data, 1, s->body->len, stdout) == s->body->len && fflush(stdout) == 0;
    if (ok) return cyn_sent(s, CYN_NOTIFY_SENT, "written");
    int problem = errno;
    clearerr(stdout);
    return cyn_sent(s, CYN_NOTIFY_LATER, "%s", strerror(problem));
}
