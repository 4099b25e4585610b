/* Frames over a socket between host and worker, with deadlines and one passed descriptor.
 *
 * A deadline is a cyn_monotonic() instant; 0 waits for ever. CYN_E_LIMIT when it passes,
 * CYN_E_WORKER when the other side has gone or what it says is no frame. Never raises SIGPIPE.
 */
#pragma once
#include "catalog/wire.h"
#include <stdatomic.h>

/* Waits until there is something to receive; CYN_E_CANCEL soon after `cancel` (may be NULL) is set.
 */
CYN_NODISCARD cyn_code cyn_channel_wait(int fd, int64_t deadline, const atomic_bool *cancel,
                                        cyn_err *err);
/* Sends one frame; passed ≥ 0 goes with it and stays open here. */
CYN_NODISCARD cyn_code cyn_channel_send(int fd, cyn_frame_type type, const void *data, size_t n,
                                        int passed, int64_t deadline, cyn_err *err);
/* Receives a header, then the payload of the announced length with cyn_channel_read(). passed may
 * be NULL; else it gets the descriptor that came along, or -1, and the caller closes it. */
CYN_NODISCARD cyn_code cyn_channel_receive(int fd, uint64_t limit, cyn_frame *out, int *passed,
                                           int64_t deadline, cyn_err *err);
CYN_NODISCARD cyn_code cyn_channel_read(int fd, void *data, size_t n, int64_t deadline,
                                        cyn_err *err);
