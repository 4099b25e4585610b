/* Workers that hold the same program, and answer for the rows of one batch side by side.
 *
 * A batch is shared once, as sealed memory; each worker gets a slice of it, and the answers are put
 * together in the order of the rows. The first worker is forked for whoever needs one, further ones
 * when a batch is large enough for them, up to the settings' `workers`. What comes of a
 * batch does not depend on their number: the error of the earliest row counts, and whatever was
 * asked of the rows after it is given up.
 *
 * One thread at a time.
 */
#pragma once
#include "script/program.h"

typedef struct cyn_pool {
    cyn_program *program;
    cyn_process *workers; /* [size]; without a socket where none runs */
    size_t size;
    bool talked; /* the first has had a conversation: the others cannot stand in for it */
} cyn_pool;

/* No worker runs yet. On failure there is nothing to clear. */
CYN_NODISCARD cyn_code cyn_pool_init(cyn_pool *p, cyn_program *program, cyn_err *err);
void cyn_pool_clear(cyn_pool *p);
/* Ends the workers, unless one knows what the program alone does not; the next call that needs one
 * starts it again. */
void cyn_pool_rest(cyn_pool *p);
/* The first worker, running and idle, for a conversation of another kind; where the program has
 * not been loaded yet, this loads it. */
CYN_NODISCARD cyn_code cyn_pool_worker(cyn_pool *p, cyn_process **out, cyn_err *err);
/* The same for a conversation, in which its state becomes another than that of its program: until
 * the end of it, and from then on for what only it knows, it is the one that answers for rows. */
CYN_NODISCARD cyn_code cyn_pool_talk(cyn_pool *p, cyn_process **out, cyn_err *err);
/* The rows in sealed shared memory, as a descriptor of the caller's. */
CYN_NODISCARD cyn_code cyn_pool_share(const cyn_batch *batch, int *out, cyn_err *err);
/* As cyn_evaluator's eval. *lost says that a worker died, ran out of time or was interrupted: then
 * the error does not say where, and the worker is replaced by the next call. */
CYN_NODISCARD cyn_code cyn_pool_eval(cyn_pool *p, uint32_t handle, const cyn_batch *batch,
                                     cyn_arena *arena, cyn_answers **out, bool *lost, cyn_err *err);
/* The same of a rule's condition, as cyn_evaluator's judge. */
CYN_NODISCARD cyn_code cyn_pool_judge(cyn_pool *p, uint32_t handle, const cyn_batch *batch,
                                      cyn_arena *arena, cyn_answers **out,
                                      const char *const **wanted, size_t *nwanted, bool *lost,
                                      cyn_err *err);

/* What a worker answers to a request: the payload of a frame of that type and of at most `most`
 * bytes, in the arena. The error of a FAILURE is the call's own. *lost, which the caller has set,
 * becomes false when the worker did its part either way. */
CYN_NODISCARD cyn_code cyn_pool_receive(const cyn_pool *p, const cyn_process *worker,
                                        cyn_frame_type type, uint64_t most, int64_t deadline,
                                        cyn_arena *arena, const uint8_t **out, size_t *size,
                                        bool *lost, cyn_err *err);
