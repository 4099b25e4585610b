#include "app/commands.h"
#include "app/session.h"
#include "base/time.h"
#include "report/report.h"
#include "script/worker.h"
#include <stdio.h>
#include <string.h>

typedef enum unit_kind { DURATION, SIZE, COUNT } unit_kind;

typedef struct limit {
    const char *name;
    unit_kind unit;
    int64_t value; /* 0: none */
    int line;      /* of cynosure.yaml; 0: the default */
} limit;

#define LIMITS 5

static limit make_limit(const char *name, unit_kind unit, cyn_config_limit set, int64_t fallback)
{
    return (limit){name, unit, set.value ? set.value : fallback, set.line};
}

static void list_limits(const cyn_config_limits *l, limit out[LIMITS])
{
    out[0] = make_limit("time", DURATION, l->time, CYN_LOAD_TIMEOUT);
    out[1] = make_limit("call_time", DURATION, l->call_time, CYN_CALL_TIMEOUT);
    out[2] = make_limit("instructions", COUNT, l->instructions, 0);
    out[3] = make_limit("memory", SIZE, l->memory, CYN_MEMORY_LIMIT);
    out[4] = make_limit("output", SIZE, l->output, CYN_OUTPUT_LIMIT);
}

static void show_duration(int64_t microseconds, char *out, size_t size)
{
    if (microseconds < CYN_SECOND)
        snprintf(out, size, "%.1f ms", (double)microseconds / 1000);
    else
        snprintf(out, size, "%g s", (double)microseconds / CYN_SECOND);
}

static void show_value(unit_kind unit, int64_t value, char *out, size_t size)
{
    if (value == 0)
        snprintf(out, size, "not counted");
    else if (unit == DURATION)
        show_duration(value, out, size);
    else if (unit == SIZE)
        snprintf(out, size, "%g MiB", (double)value / (1 << 20));
    else
        snprintf(out, size, "%lld", (long long)value);
}

/* ---- Tables ---- */

static void write_table(cyn_text_table *t, const cyn_args *args, cyn_buf *out)
{
    if (cyn_terminal_ascii()) cyn_text_table_ascii(t);
    cyn_text_table_write(t, cyn_terminal_width(), cyn_use_colour(args), false, out);
    cyn_text_table_free(t);
}

static void table_of_limits(const limit *limits, const cyn_args *args, cyn_buf *out)
{
    cyn_text_table *t = cyn_text_table_new(3);
    cyn_text_table_column(t, 0, "LIMIT", CYN_LEFT, 0, false);
    cyn_text_table_column(t, 1, "VALUE", CYN_RIGHT, 0, false);
    cyn_text_table_column(t, 2, "SET", CYN_LEFT, 1, true);
    for (size_t i = 0; i < LIMITS; i++) {
        char value[48], set[48] = "by default";
        show_value(limits[i].unit, limits[i].value, value, sizeof value);
        if (limits[i].line) snprintf(set, sizeof set, "cynosure.yaml:%d", limits[i].line);
        cyn_text_table_row(t, (const char *const[]){limits[i].name, value, set});
    }
    write_table(t, args, out);
}

static void table_of_scripts(const cyn_script *s, const cyn_args *args, cyn_buf *out)
{
    cyn_script_usage u;
    cyn_text_table *t = cyn_text_table_new(4);
    cyn_text_table_column(t, 0, "SCRIPT", CYN_LEFT, 0, true);
    cyn_text_table_column(t, 1, "TIME", CYN_RIGHT, 0, false);
    cyn_text_table_column(t, 2, "MEMORY", CYN_RIGHT, 0, false);
    cyn_text_table_column(t, 3, "INSTRUCTIONS", CYN_RIGHT, 1, false);
    for (size_t i = 0; cyn_script_use(s, i, &u); i++) {
        char time[48], memory[48], instructions[48];
        show_duration(u.time, time, sizeof time);
        snprintf(memory, sizeof memory, "%.1f MiB", (double)u.memory / (1 << 20));
        show_value(COUNT, (int64_t)u.instructions, instructions, sizeof instructions);
        cyn_text_table_row(t, (const char *const[]){u.file, time, memory, instructions});
    }
    write_table(t, args, out);
}

/* ---- JSON ---- */

static void json_limits(const limit *limits, cyn_buf *out)
{
    static const char *const units[] = {"us", "bytes", "instructions"};
    for (size_t i = 0; i < LIMITS; i++) {
        const limit *l = &limits[i];
        cyn_buf_printf(out, "{\"limit\":\"%s\",\"value\":", l->name);
        if (l->value)
            cyn_buf_printf(out, "%lld", (long long)l->value);
        else
            cyn_buf_puts(out, "null");
        cyn_buf_printf(out, ",\"unit\":\"%s\",\"line\":", units[l->unit]);
        if (l->line)
            cyn_buf_printf(out, "%d}\n", l->line);
        else
            cyn_buf_puts(out, "null}\n");
    }
}

static void json_scripts(const cyn_script *s, bool counted, cyn_buf *out)
{
    cyn_script_usage u;
    for (size_t i = 0; cyn_script_use(s, i, &u); i++) {
        cyn_buf_puts(out, "{\"script\":");
        cyn_buf_json_string(out, u.file, strlen(u.file));
        cyn_buf_printf(out, ",\"time_us\":%lld,\"memory_bytes\":%llu,\"instructions\":",
                       (long long)u.time, (unsigned long long)u.memory);
        if (counted)
            cyn_buf_printf(out, "%llu}\n", (unsigned long long)u.instructions);
        else
            cyn_buf_puts(out, "null}\n");
    }
}

int cyn_cmd_limits(const cyn_args *args)
{
    cyn_session s;
    limit limits[LIMITS];
    cyn_buf out = {0};
    int exit_code = cyn_session_open_anew(&s, args, false);
    if (exit_code == CYN_EXIT_OK) {
        list_limits(&s.project->config->limits, limits);
        if (cyn_arg(args, "json")) {
            json_limits(limits, &out);
            json_scripts(s.script, limits[2].value > 0, &out);
        } else {
            table_of_limits(limits, args, &out);
            cyn_buf_puts(&out, "\n");
            table_of_scripts(s.script, args, &out);
        }
        exit_code = cyn_print(&out);
    }
    cyn_session_close(&s);
    return exit_code;
}
