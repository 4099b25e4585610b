/* Addresses, and sockets that listen there. */
#include "serve/http_impl.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 512,
    SEND_BUFFER = 256 << 10, /* of each connection, in the system: else it may grow to megabytes */
};

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un un;
} address;

static cyn_code bad_address(const char *text, cyn_err *err)
{
    cyn_fail(err, CYN_E_SYNTAX, "cannot listen at '%.100s'", text);
    cyn_hint(err,
             "write an address and a port, such as 127.0.0.1:8080, [::1]:8080 or :8080 for all "
             "addresses; or unix:PATH");
    return CYN_E_SYNTAX;
}

static cyn_code parse_unix(const char *text, const char *path, address *out, socklen_t *size,
                           cyn_err *err)
{
    if (!*path) return bad_address(text, err);
    if (strlen(path) >= sizeof out->un.sun_path)
        return cyn_fail(err, CYN_E_RANGE,
                        "the path of the socket '%.150s' is longer than %zu bytes", path,
                        sizeof out->un.sun_path - 1);
    out->un.sun_family = AF_UNIX;
    strcpy(out->un.sun_path, path);
    *size = sizeof out->un;
    return CYN_OK;
}

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080", "unix:/run/x.sock" */
static cyn_code parse_address(const char *text, address *out, socklen_t *size, cyn_err *err)
{
    memset(out, 0, sizeof *out);
    if (strncmp(text, "unix:", 5) == 0) return parse_unix(text, text + 5, out, size, err);
    const char *colon = strrchr(text, ':');
    char host[64], *end;
    if (!colon || (size_t)(colon - text) >= sizeof host || colon[1] < '0' || colon[1] > '9')
        return bad_address(text, err);
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end || port > 65535) return bad_address(text, err);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    size_t n = strlen(host);
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &out->v6.sin6_addr) != 1) return bad_address(text, err);
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        *size = sizeof out->v6;
        return CYN_OK;
    }
    const char *number = n == 0 ? "0.0.0.0" : strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    if (inet_pton(AF_INET, number, &out->v4.sin_addr) != 1) return bad_address(text, err);
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons((uint16_t)port);
    *size = sizeof out->v4;
    return CYN_OK;
}

static bool is_loopback_v4(struct in_addr a)
{
    return ntohl(a.s_addr) >> 24 == 127;
}

cyn_code cyn_listen_is_local(const char *text, bool *local, bool *is_unix, cyn_err *err)
{
    address a;
    socklen_t size;
    CYN_TRY(parse_address(text, &a, &size, err));
    *is_unix = a.any.sa_family == AF_UNIX;
    *local = *is_unix || (a.any.sa_family == AF_INET && is_loopback_v4(a.v4.sin_addr)) ||
             (a.any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a.v6.sin6_addr));
    return CYN_OK;
}

/* What may follow a name: nothing, or a port. */
static bool is_port(const char *s)
{
    return !*s || (*s == ':' && strspn(s + 1, "0123456789") == strlen(s + 1));
}

bool cyn_host_is_local(const char *host)
{
    char name[256];
    const bool bracketed = *host == '[';
    const char *start = host + bracketed;
    size_t n = strcspn(start, bracketed ? "]" : ":");
    if (n >= sizeof name || (bracketed && !start[n])) return false;
    if (!is_port(start + n + bracketed)) return false;
    memcpy(name, start, n);
    name[n] = '\0';
    /* Who types a number reaches just that number. */
    struct in6_addr number;
    if (inet_pton(AF_INET, name, &number) == 1 || inet_pton(AF_INET6, name, &number) == 1)
        return true;
    const char *top = ".localhost";
    size_t suffix = strlen(top);
    return strcasecmp(name, "localhost") == 0 ||
           (n > suffix && strcasecmp(name + n - suffix, top) == 0);
}

/* Removes a socket file that nobody listens at any more. */
static cyn_code remove_stale(const address *a, socklen_t size, cyn_err *err)
{
    struct stat s;
    const char *path = a->un.sun_path;
    if (lstat(path, &s) != 0) return CYN_OK;
    if (!S_ISSOCK(s.st_mode))
        return cyn_fail(err, CYN_E_IO, "cannot listen at '%s': there is a file of that name", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return cyn_fail_errno(err, "cannot make a socket for", path);
    bool answered = connect(fd, &a->any, size) == 0 || errno != ECONNREFUSED;
    close(fd);
    if (answered)
        return cyn_fail(err, CYN_E_IO, "cannot listen at '%s': another process does", path);
    return unlink(path) == 0 ? CYN_OK : cyn_fail_errno(err, "cannot remove", path);
}

static cyn_code cannot_listen(const char *text, int why, cyn_err *err)
{
    cyn_fail(err, CYN_E_IO, "cannot listen at '%s': %s", text, strerror(why));
    if (why == EADDRINUSE)
        cyn_hint(err, "another process does; stop it, or choose another port with --listen");
    else if (why == EACCES)
        cyn_hint(err,
                 "ports below 1024 are for root; choose a higher one, or put a proxy in front");
    else if (why == EADDRNOTAVAIL)
        cyn_hint(err, "no interface of this machine has that address");
    return CYN_E_IO;
}

static char *url_of(const address *bound, const char *text, bool encrypted, cyn_arena *arena)
{
    const char *scheme = encrypted ? "https" : "http";
    char host[INET6_ADDRSTRLEN] = "";
    if (bound->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &bound->v4.sin_addr, host, sizeof host);
        return cyn_sprintf(arena, "%s://%s:%d", scheme, host, ntohs(bound->v4.sin_port));
    }
    if (bound->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &bound->v6.sin6_addr, host, sizeof host);
        return cyn_sprintf(arena, "%s://[%s]:%d", scheme, host, ntohs(bound->v6.sin6_port));
    }
    return cyn_strdup(arena, text);
}

cyn_code cyn_listen(const char *text, bool encrypted, cyn_arena *arena, int *out, char **url,
                    char **path, cyn_err *err)
{
    address a, bound = {0};
    socklen_t size, room = sizeof bound;
    CYN_TRY(parse_address(text, &a, &size, err));
    bool is_unix = a.any.sa_family == AF_UNIX;
    if (is_unix) CYN_TRY(remove_stale(&a, size, err));
    cyn_code rc = CYN_OK;
    const int one = 1, send_buffer = SEND_BUFFER;
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return cannot_listen(text, errno, err);
    if (!is_unix) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    /* Who may reach a socket file is decided by its folder and its group, before anyone can. */
    if (bind(fd, &a.any, size) != 0 || (is_unix && chmod(a.un.sun_path, 0660) != 0) ||
        listen(fd, BACKLOG) != 0 || getsockname(fd, &bound.any, &room) != 0) {
        rc = cannot_listen(text, errno, err);
        goto done;
    }
    char *name = url_of(&bound, text, encrypted, arena);
    char *file = is_unix ? cyn_strdup(arena, a.un.sun_path) : NULL;
    if (!name || (is_unix && !file)) {
        rc = cyn_nomem(err);
        goto done;
    }
    *out = fd;
    *url = name;
    *path = file;
    fd = -1;
done:
    if (fd >= 0) close(fd);
    return rc;
}
