/* A project: its YAML, its scripts' texts, its catalog, merged and ready to be evaluated.
 *
 * Call order: cyn_project_open() reads cynosure.yaml, kpis.yaml, dictionary.yaml, okrs.yaml and the
 * texts of scripts and modules, those of packs included; the app has the scripts run (script/) and
 * hands the catalog and its evaluator over with cyn_project_attach(), which joins metrics with
 * their sheets and settles definitions. Findings are collected in the list given; a project with
 * findings of a script or a sheet can still be evaluated as far as it goes, one whose cynosure.yaml
 * is broken cannot. Read-only after attach. The project owns its arena; the catalog and evaluator
 * must outlive it.
 */
#pragma once
#include "catalog/catalog.h"
#include "catalog/evaluator.h"
#include "config/config.h"
#include "engine/scripts.h"
#include "source/source.h"

typedef struct cyn_project {
    cyn_arena *arena;
    const char *dir;
    const cyn_config *config;
    const cyn_sheets *sheets;
    const cyn_dictionary *dictionary;
    const cyn_okrs *okrs;
    cyn_calendar calendar;
    const cyn_source_spec *specs; /* one for each of config->sources, same order */
    const cyn_project_script *scripts;
    size_t nscripts;
    /* set by cyn_project_attach */
    const cyn_catalog *catalog;
    cyn_evaluator evaluator;
    const cyn_metric *const *metrics; /* merged with their sheets, in display order */
    size_t nmetrics;
    const size_t *by_name;           /* indices of all metrics, sorted by their names */
    const cyn_err *metric_errors;    /* [metric]: code CYN_OK, or why it cannot be evaluated */
    const char *const *source_names; /* NULL-terminated */
    struct cyn_tz_list *zones;
} cyn_project;

/* CYN_OK also when errs grew by findings that leave the project usable; a failure means it is not.
 */
CYN_NODISCARD cyn_code cyn_project_open(const char *dir, cyn_project **out, cyn_err_list *errs);
CYN_NODISCARD cyn_code cyn_project_attach(cyn_project *p, const cyn_catalog *catalog,
                                          cyn_evaluator evaluator, cyn_err_list *errs);
/* The same files, as they were read then, for another catalog to be attached to. `of` outlives it.
 */
CYN_NODISCARD cyn_code cyn_project_again(const cyn_project *of, cyn_project **out, cyn_err *err);
void cyn_project_free(cyn_project *p);

/* Index into metrics, or CYN_NO_METRIC. */
size_t cyn_project_metric(const cyn_project *p, const char *name);
/* The same; CYN_E_NAME with the nearest name when there is none. */
CYN_NODISCARD cyn_code cyn_project_need_metric(const cyn_project *p, const char *name, size_t *out,
                                               cyn_err *err);
/* Index of the source, or -1. */
int cyn_project_source(const cyn_project *p, const char *name);
/* What "now" is for evaluations: the project's as_of, or the clock. "data" needs the data's end,
 * which the caller gives (CYN_TIME_MIN when there is none: then the clock counts). */
CYN_NODISCARD cyn_code cyn_project_as_of(const cyn_project *p, const char *override,
                                         int64_t data_end, int64_t *out, cyn_err *err);
