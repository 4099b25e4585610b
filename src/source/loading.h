/* A load while it runs: load.c goes row by row, load_blocks.c in blocks. One thread. */
#pragma once
#include "source/load_impl.h"

typedef struct cyn_loading {
    const cyn_source_spec *spec;
    const cyn_progress *progress;
    cyn_arena *work; /* for the time of the load */
    cyn_source_file *files;
    size_t nfiles;
    cyn_schema schema;
    cyn_guess *guesses; /* by field */
    uint32_t nguesses, guess_capacity;
    cyn_columns columns;
    cyn_builder *builder;
    cyn_reporter report;
    int64_t done_before, total; /* bytes of the files and passes behind, of all */
    int64_t next_report;
    bool quiet;      /* what is read is no progress */
    bool enough;     /* the action needs no more rows */
    int64_t spoiled; /* fields that turned out to be text */
    int64_t sought;  /* what the action looks for: rows, spoiled fields */
    bool *settled;   /* fields whose spoiler is the first there is */
    uint32_t nsettled;
} cyn_loading;

typedef cyn_code (*cyn_row_action)(cyn_loading *l, size_t file, const cyn_source_row *row,
                                   cyn_err *err);

CYN_NODISCARD cyn_code cyn_load_each_row(cyn_loading *l, size_t file, cyn_row_action action,
                                         cyn_err *err);
CYN_NODISCARD cyn_code cyn_load_each_file(cyn_loading *l, cyn_row_action action, cyn_err *err);
/* Bytes of all files. */
int64_t cyn_load_bytes(const cyn_loading *l);
/* Progress, at `position` in the current file or pass; CYN_E_CANCEL when the user asked to stop. */
CYN_NODISCARD cyn_code cyn_load_check_in(cyn_loading *l, int64_t position, cyn_err *err);
/* Gives the fields that are new to the schema a guess each. */
CYN_NODISCARD cyn_code cyn_load_grow_guesses(cyn_loading *l, cyn_err *err);
/* An action: what the row's values leave possible. */
CYN_NODISCARD cyn_code cyn_load_infer_row(cyn_loading *l, size_t file, const cyn_source_row *row,
                                          cyn_err *err);
/* The columns, by what is guessed so far. */
CYN_NODISCARD cyn_code cyn_load_bind(cyn_loading *l, cyn_columns *columns, cyn_err *err);
CYN_NODISCARD cyn_code cyn_load_new_builder(cyn_loading *l, cyn_err *err);

/* Leaves *done false where reading row by row has to say what the result is. */
CYN_NODISCARD cyn_code cyn_load_blocks(cyn_loading *l, bool look, bool *done, cyn_err *err);
