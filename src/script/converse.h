/* A conversation with a worker that runs an ad-hoc script: the host's side of script/adhoc.h.
 *
 *     CYN_TRY(cyn_converse(worker, &chunk, conversation, call_timeout, cancel, &more, err));
 */
#pragma once
#include "script/script.h"
#include "script/zygote.h"

/* CYN_E_SCRIPT: the script raised an error. CYN_E_CANCEL: *cancel became true; the script was asked
 * to stop, and the worker is ended only where it did not. After CYN_E_WORKER, and CYN_E_LIMIT,
 * there is no worker any more. */
CYN_NODISCARD cyn_code cyn_converse(cyn_process *worker, const cyn_adhoc_chunk *chunk,
                                    const cyn_conversation *conversation, int64_t timeout,
                                    const atomic_bool *cancel, bool *more, cyn_err *err);
