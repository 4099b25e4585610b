/* libmicrohttpd's functions, as far as they are used here, out of a library that is loaded when a
 * server is started: of the libraries that every command would have to wait for, it and what stands
 * below it (TLS, and what TLS needs) are the larger half.
 *
 * What is called has libmicrohttpd's names and types, so that nobody else here knows of this.
 * Without the library MHD_start_daemon() gives NULL, and so does MHD_get_version(); everything else
 * is called of a server that was started.
 */
#include "base/library.h"
#include <microhttpd.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define LIBRARY "libmicrohttpd.so.12" /* its interface, since 2015 */

#define EACH_FUNCTION(f)                                                                           \
    f(add_response_header) f(create_response_from_buffer) f(create_response_from_callback)         \
        f(destroy_response) f(get_connection_info) f(get_connection_values)                        \
            f(get_connection_values_n) f(get_version) f(queue_response) f(quiesce_daemon)          \
                f(start_daemon_va) f(stop_daemon)

#define POINTER(name) __typeof__(MHD_##name) *name;
#define SYMBOL(name)  {"MHD_" #name, offsetof(struct functions, name)},

struct functions {
    EACH_FUNCTION(POINTER)
};

static struct functions library;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const cyn_symbol symbols[] = {EACH_FUNCTION(SYMBOL)};
    loaded = cyn_library_load(LIBRARY, symbols, sizeof symbols / sizeof *symbols, &library);
}

static bool is_there(void)
{
    pthread_once(&once, load);
    return loaded;
}

/* ---- the library, and a server ---- */

const char *MHD_get_version(void)
{
    return is_there() ? library.get_version() : NULL;
}

struct MHD_Daemon *MHD_start_daemon(unsigned int flags, uint16_t port,
                                    MHD_AcceptPolicyCallback accepts, void *accepts_self,
                                    MHD_AccessHandlerCallback handler, void *handler_self, ...)
{
    va_list options;
    if (!is_there()) return NULL;
    va_start(options, handler_self);
    struct MHD_Daemon *daemon =
        library.start_daemon_va(flags, port, accepts, accepts_self, handler, handler_self, options);
    va_end(options);
    return daemon;
}

MHD_socket MHD_quiesce_daemon(struct MHD_Daemon *daemon)
{
    return library.quiesce_daemon(daemon);
}

void MHD_stop_daemon(struct MHD_Daemon *daemon)
{
    library.stop_daemon(daemon);
}

/* ---- a request ---- */

/* None of what is asked for takes a further argument. */
const union MHD_ConnectionInfo *MHD_get_connection_info(struct MHD_Connection *connection,
                                                        enum MHD_ConnectionInfoType type, ...)
{
    return library.get_connection_info(connection, type);
}

int MHD_get_connection_values(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                              MHD_KeyValueIterator visit, void *self)
{
    return library.get_connection_values(connection, kind, visit, self);
}

int MHD_get_connection_values_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                MHD_KeyValueIteratorN visit, void *self)
{
    return library.get_connection_values_n(connection, kind, visit, self);
}

/* ---- its answer ---- */

struct MHD_Response *MHD_create_response_from_buffer(size_t size, void *buffer,
                                                     enum MHD_ResponseMemoryMode mode)
{
    return library.create_response_from_buffer(size, buffer, mode);
}

struct MHD_Response *MHD_create_response_from_callback(uint64_t size, size_t block_size,
                                                       MHD_ContentReaderCallback read, void *self,
                                                       MHD_ContentReaderFreeCallback end)
{
    return library.create_response_from_callback(size, block_size, read, self, end);
}

enum MHD_Result MHD_add_response_header(struct MHD_Response *response, const char *name,
                                        const char *value)
{
    return library.add_response_header(response, name, value);
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned int status,
                                   struct MHD_Response *response)
{
    return library.queue_response(connection, status, response);
}

void MHD_destroy_response(struct MHD_Response *response)
{
    library.destroy_response(response);
}
