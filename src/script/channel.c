#include "script/channel.h"
#include "base/time.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_SIZE   CMSG_SPACE(sizeof(int))
#define CANCEL_LATENCY 50 /* milliseconds */

static cyn_code gone(cyn_err *err)
{
    return cyn_fail(err, CYN_E_WORKER, "the script worker ended unexpectedly");
}

/* Waits until the socket is ready for `events`. The signal that sets `cancel` may come before the
 * wait, or to another thread, so it is looked at again and again. */
static cyn_code wait_or_cancel(int fd, short events, int64_t deadline, const atomic_bool *cancel,
                               cyn_err *err)
{
    for (;;) {
        int timeout = -1;
        if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
            return cyn_fail(err, CYN_E_CANCEL, "interrupted");
        if (deadline) {
            int64_t left = deadline - cyn_monotonic();
            if (left <= 0)
                return cyn_fail(err, CYN_E_LIMIT, "the script worker did not answer in time");
            timeout = left > 1000 * CYN_SECOND ? 1000000 : (int)(left / 1000) + 1;
        }
        if (cancel && (timeout < 0 || timeout > CANCEL_LATENCY)) timeout = CANCEL_LATENCY;
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, timeout);
        if (n > 0) return CYN_OK;
        if (n < 0 && errno != EINTR) return cyn_fail_errno(err, "cannot wait for", "script worker");
    }
}

static cyn_code wait_for(int fd, short events, int64_t deadline, cyn_err *err)
{
    return wait_or_cancel(fd, events, deadline, NULL, err);
}

cyn_code cyn_channel_wait(int fd, int64_t deadline, const atomic_bool *cancel, cyn_err *err)
{
    return wait_or_cancel(fd, POLLIN, deadline, cancel, err);
}

static cyn_code send_part(int fd, const void *data, size_t n, int passed, int64_t deadline,
                          size_t *sent, cyn_err *err)
{
    union {
        char bytes[CONTROL_SIZE];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (passed >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof passed);
        memcpy(CMSG_DATA(c), &passed, sizeof passed);
    }
    for (;;) {
        CYN_TRY(wait_for(fd, POLLOUT, deadline, err));
        ssize_t k = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k >= 0) {
            *sent = (size_t)k;
            return CYN_OK;
        }
        if (errno != EINTR && errno != EAGAIN) return gone(err);
    }
}

static cyn_code send_all(int fd, const void *data, size_t n, int passed, int64_t deadline,
                         cyn_err *err)
{
    const char *at = data;
    while (n > 0) {
        size_t sent = 0;
        CYN_TRY(send_part(fd, at, n, passed, deadline, &sent, err));
        at += sent;
        n -= sent;
        passed = -1;
    }
    return CYN_OK;
}

cyn_code cyn_channel_send(int fd, cyn_frame_type type, const void *data, size_t n, int passed,
                          int64_t deadline, cyn_err *err)
{
    uint8_t header[CYN_FRAME_SIZE];
    cyn_frame_write((cyn_frame){.type = type, .length = n}, header);
    CYN_TRY(send_all(fd, header, sizeof header, passed, deadline, err));
    return send_all(fd, data, n, -1, deadline, err);
}

/* Keeps the first descriptor of a message; closes any further one, which nobody asked for. */
static void take_passed(struct msghdr *m, int *passed)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (passed && *passed < 0)
                *passed = fd;
            else
                close(fd);
        }
    }
}

static cyn_code receive_all(int fd, void *data, size_t n, int *passed, int64_t deadline,
                            cyn_err *err)
{
    char *at = data;
    while (n > 0) {
        union {
            char bytes[CONTROL_SIZE];
            struct cmsghdr align;
        } control = {0};
        struct iovec part = {.iov_base = at, .iov_len = n};
        struct msghdr m = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
        CYN_TRY(wait_for(fd, POLLIN, deadline, err));
        ssize_t k = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (k < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (k <= 0) return gone(err);
        take_passed(&m, passed);
        at += k;
        n -= (size_t)k;
    }
    return CYN_OK;
}

cyn_code cyn_channel_receive(int fd, uint64_t limit, cyn_frame *out, int *passed, int64_t deadline,
                             cyn_err *err)
{
    uint8_t header[CYN_FRAME_SIZE];
    int got = -1;
    cyn_code rc = receive_all(fd, header, sizeof header, &got, deadline, err);
    if (rc == CYN_OK) rc = cyn_frame_read(header, limit, out, err);
    if (got >= 0 && (rc != CYN_OK || !passed)) {
        close(got);
        got = -1;
    }
    if (passed) *passed = got;
    return rc;
}

cyn_code cyn_channel_read(int fd, void *data, size_t n, int64_t deadline, cyn_err *err)
{
    return receive_all(fd, data, n, NULL, deadline, err);
}
