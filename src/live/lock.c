#include "live/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define NAME_SIZE 64 /* "12345 alerts run\n" */

/* The holder wrote its process and its command; of a version that wrote no command it is ours. */
static cyn_code say_held(int fd, const char *what, cyn_err *err)
{
    char text[NAME_SIZE + 1] = "", *end = text;
    ssize_t n = pread(fd, text, NAME_SIZE, 0);
    long pid = n > 0 ? strtol(text, &end, 10) : 0;
    end[strcspn(end, "\n")] = '\0';
    const char *who = *end == ' ' && end[1] ? end + 1 : what;
    if (pid > 0)
        cyn_fail(err, CYN_E_CONFLICT, "'cynosure %s' is at work in this project (process %ld)", who,
                 pid);
    else
        cyn_fail(err, CYN_E_CONFLICT, "'cynosure %s' is at work in this project", who);
    return CYN_E_CONFLICT;
}

/* For whoever comes second; a lock without a name is a lock all the same. */
static void write_name(int fd, const char *what)
{
    char text[NAME_SIZE];
    int n = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), what);
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) != n) errno = 0;
}

cyn_code cyn_lock_take(const char *path, const char *what, cyn_lock *out, cyn_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return cyn_fail_errno(err, "cannot open the lock", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        cyn_code rc = errno == EWOULDBLOCK ? say_held(fd, what, err)
                                           : cyn_fail_errno(err, "cannot lock", path);
        close(fd);
        return rc;
    }
    write_name(fd, what);
    out->fd = fd;
    return CYN_OK;
}

void cyn_lock_release(cyn_lock *lock)
{
    if (lock->fd >= 0) close(lock->fd);
    lock->fd = -1;
}
