#include "base/text.h"
#include "serve/daemon_impl.h"
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- lines ---- */

static const char *word_of(int level)
{
    return level <= CYN_LOG_ERROR ? "error: " : level == CYN_LOG_WARNING ? "warning: " : "";
}

/* "2026-11-22 09:15:00 metrics: …", as a person at a terminal wants to have it. */
static void put_plain(const cyn_daemon *d, int level, const char *lane, const char *text,
                      cyn_buf *out)
{
    cyn_civil c = cyn_tz_civil(d->tz, cyn_now());
    cyn_buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d %s: %s", c.year, c.month, c.day, c.hour,
                   c.minute, c.second, lane, word_of(level));
    cyn_buf_puts(out, text);
}

/* The journal has the time; it takes the priority from the beginning of each line. */
static void put_journal(int level, const char *lane, const char *text, cyn_buf *out)
{
    cyn_buf_printf(out, "<%d>%s: ", level, lane);
    cyn_buf_puts(out, text);
}

/* One write for a line, so that those of several threads do not mix. A log that cannot be written,
 * or that nobody reads, stops nobody: lines are lost then. */
static void write_line(const cyn_buf *line)
{
    size_t done = 0;
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    while (done < line->len && poll(&room, 1, 1000) > 0) {
        ssize_t n = write(STDERR_FILENO, line->data + done, line->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        done += (size_t)n;
    }
}

static void say_line(cyn_daemon *d, int level, const char *lane, const char *text)
{
    cyn_buf line = {0};
    if (d->options->log) {
        d->options->log(d->options->self, level, lane, text);
        return;
    }
    if (d->journal)
        put_journal(level, lane, text, &line);
    else
        put_plain(d, level, lane, text, &line);
    cyn_buf_putc(&line, '\n');
    if (!line.failed) write_line(&line);
    cyn_buf_clear(&line);
}

/* A text may quote data: a terminal obeys control characters, and shows what follows some others
 * backwards. */
static void clean(char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        size_t size = cyn_unprintable_size(text + i, n - i);
        if (text[i] != '\n') memset(text + i, '?', size);
    }
}

/* One thing a line: what has several lines becomes several. */
static void say(cyn_daemon *d, int level, const char *lane, char *text)
{
    char *rest = text;
    clean(text);
    pthread_mutex_lock(&d->log_mutex);
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (*line) say_line(d, level, lane, line);
    pthread_mutex_unlock(&d->log_mutex);
}

void cyn_daemon_log(cyn_daemon *d, int level, const char *lane, const char *fmt, ...)
{
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say(d, level, lane, text);
}

static void say_failure(void *self, const cyn_err *e)
{
    const cyn_lane *l = self;
    cyn_daemon_log_error(l->daemon, CYN_LOG_WARNING, l->kind->name, e);
}

/* The hint stands in the same line: somebody may see no other one. */
void cyn_daemon_log_error(cyn_daemon *d, int level, const char *lane, const cyn_err *e)
{
    char text[2048];
    cyn_err plain = *e;
    plain.hint[0] = '\0';
    cyn_err_format(&plain, text, sizeof text - sizeof e->hint - 4);
    if (e->hint[0]) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, " (%s)", e->hint);
    }
    say(d, level, lane, text);
}

void cyn_daemon_log_failures(cyn_lane *l, cyn_failures *f)
{
    cyn_failures_tell(f, say_failure, l);
    cyn_failures_clear(f);
}

/* ---- systemd ---- */

/* sd_notify(3): a datagram to the socket that the environment names; "@" begins an abstract one. */
void cyn_daemon_notify(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = path ? strlen(path) : 0;
    if (n < 2 || n >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    memcpy(address.sun_path, path, n);
    if (path[0] == '@') address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    /* Whoever does not listen is not waited for. */
    (void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                  (const struct sockaddr *)&address, size);
    close(fd);
}

int64_t cyn_daemon_watchdog(void)
{
    const char *text = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    if (!text || (pid && strtol(pid, NULL, 10) != (long)getpid())) return 0;
    long long micros = strtoll(text, NULL, 10);
    return micros > 0 ? micros : 0;
}
