#include "config/config.h"
#include "base/text.h"
#include "config/load.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Bytes */

static void report_at_byte(cyn_findings *f, const char *text, size_t at, const char *problem)
{
    const char *line = text;
    int number = 1;
    for (const char *p = text; p < text + at; p++) {
        if (*p != '\n') continue;
        number++;
        line = p + 1;
    }
    int column = (int)cyn_utf8_count(line, (size_t)(text + at - line)) + 1;
    cyn_finding(f, CYN_E_SYNTAX, number, column, "%s (byte 0x%02X)", problem,
                (unsigned)(unsigned char)text[at]);
}

/* The bytes that YAML has no use for; C1 controls, but NEL, are C2 80 … C2 9F, and a byte order
 * mark in the middle is EF BB BF. */
static size_t find_control(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i],
                      next = i + 1 < size ? (unsigned char)text[i + 1] : 0;
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return i;
        if (c == 0x7F || (c == 0xC2 && next < 0xA0 && next != 0x85)) return i;
        if (c == 0xEF && i + 2 < size && memcmp(text + i, "\xEF\xBB\xBF", 3) == 0) return i;
        if (c == 0xEF && i + 2 < size && next == 0xBF && (unsigned char)text[i + 2] >= 0xBE)
            return i;
    }
    return size;
}

static bool check_bytes(cyn_findings *f, const char *text, size_t size)
{
    if (size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0)) {
        cyn_finding(f, CYN_E_SYNTAX, 1, 1, "the file is UTF-16, expected UTF-8");
        cyn_finding_hint(f, "Convert it: iconv -f UTF-16 -t UTF-8.");
        return false;
    }
    size_t bad = cyn_utf8_valid(text, size);
    if (bad < size) {
        report_at_byte(f, text, bad, "not valid UTF-8");
        cyn_finding_hint(f, "Save the file as UTF-8.");
        return false;
    }
    bad = find_control(text, size);
    if (bad < size)
        report_at_byte(f, text, bad,
                       text[bad] ? "a character that YAML does not allow" : "a NUL character");
    return bad == size;
}

/* Text to struct */

static bool read_root(const cyn_file_kind *kind, const char *text, size_t size, cyn_arena *arena,
                      cyn_findings *f, void *out)
{
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (!check_bytes(f, text, size)) return false;
    const cyn_node *root = cyn_tree_parse(text, size, arena, f);
    cyn_loading l = {.arena = arena, .findings = f};
    if (root) return cyn_shape_read(&l, kind->root, root, out);
    if (f->list->count == f->first && !f->nomem)
        cyn_finding(f, CYN_E_SYNTAX, 1, 1, "the file is empty, expected %s", kind->root->expected);
    return false;
}

cyn_code cyn_load_text(const cyn_file_kind *kind, const char *text, size_t size, const char *shown,
                       cyn_arena *arena, void **out, cyn_err_list *errs)
{
    cyn_findings f = {.list = errs, .first = errs->count};
    void *root = cyn_alloc(arena, kind->size);
    f.file = cyn_strdup(arena, shown);
    if (!root || !f.file) return CYN_E_NOMEM;
    if (size > CYN_CONFIG_BYTES)
        cyn_finding(&f, CYN_E_LIMIT, 0, 0, "larger than 1 MiB");
    else
        (void)read_root(kind, text, size, arena, &f, root); /* what is false there was reported */
    CYN_TRY(cyn_findings_result(&f));
    *out = root;
    return CYN_OK;
}

/* Files */

static cyn_code fail_errno(cyn_err_list *errs, const char *what, const char *path)
{
    cyn_err err = {0};
    cyn_code code = cyn_fail_errno(&err, what, path);
    cyn_err_list_add(errs, &err);
    return code;
}

/* Up to size bytes; -1 and errno on failure. */
static ssize_t read_all(int fd, char *text, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t n = read(fd, text + used, size - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        used += (size_t)n;
    }
    return (ssize_t)used;
}

cyn_code cyn_load_file(const cyn_file_kind *kind, const char *path, const char *shown,
                       cyn_arena *arena, void **out, cyn_err_list *errs)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_errno(errs, "cannot open", shown);
    cyn_code rc = CYN_E_NOMEM;
    size_t limit = CYN_CONFIG_BYTES + 1; /* one more than allowed, to see that it is too large */
    char *text = cyn_malloc(limit);
    if (text) {
        ssize_t size = read_all(fd, text, limit);
        if (size < 0)
            rc = fail_errno(errs, "cannot read", shown);
        else
            rc = cyn_load_text(kind, text, (size_t)size, shown, arena, out, errs);
    }
    cyn_free(text);
    close(fd);
    return rc;
}

/* The files */

cyn_code cyn_config_load(const char *path, const char *shown, cyn_arena *arena, cyn_config **out,
                         cyn_err_list *errs)
{
    void *root;
    CYN_TRY(cyn_load_file(&cyn_file_cynosure, path, shown, arena, &root, errs));
    *out = root;
    return CYN_OK;
}

cyn_code cyn_sheets_load(const char *path, const char *shown, cyn_arena *arena, cyn_sheets **out,
                         cyn_err_list *errs)
{
    void *root;
    CYN_TRY(cyn_load_file(&cyn_file_kpis, path, shown, arena, &root, errs));
    *out = root;
    return CYN_OK;
}

cyn_code cyn_dictionary_load(const char *path, const char *shown, cyn_arena *arena,
                             cyn_dictionary **out, cyn_err_list *errs)
{
    void *root;
    CYN_TRY(cyn_load_file(&cyn_file_dictionary, path, shown, arena, &root, errs));
    *out = root;
    return CYN_OK;
}

cyn_code cyn_okrs_load(const char *path, const char *shown, cyn_arena *arena, cyn_okrs **out,
                       cyn_err_list *errs)
{
    void *root;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        root = CYN_NEW(arena, cyn_okrs);
        if (!root) return CYN_E_NOMEM;
    } else {
        CYN_TRY(cyn_load_file(&cyn_file_okrs, path, shown, arena, &root, errs));
    }
    *out = root;
    return CYN_OK;
}
