#include "alert/mute.h"
#include "base/regex.h"
#include <string.h>

/* A text of this length says all that anybody means by hand; longer ones only cost. */
#define PATTERN_LIMIT 1000
/* What one may be compiled to; a tenth of it is more than any needs. */
#define PATTERN_BYTES ((size_t)1 << 20)

struct cyn_pattern {
    cyn_arena *arena; /* its own, and where it lies */
    cyn_regex *regex;
};

/* ---- matchers as texts ---- */

static const char *const operators[] = {[CYN_MATCH_IS] = "=",
                                        [CYN_MATCH_IS_NOT] = "!=",
                                        [CYN_MATCH_LIKE] = "=~",
                                        [CYN_MATCH_UNLIKE] = "!~"};

static bool is_pattern(cyn_match_op op)
{
    return op == CYN_MATCH_LIKE || op == CYN_MATCH_UNLIKE;
}

typedef struct scan {
    const char *text, *at;
    cyn_arena *arena;
    bool recalls; /* a pattern that is refused is kept all the same */
    cyn_err *err;
} scan;

static void skip_blanks(scan *s)
{
    while (*s->at == ' ' || *s->at == '\t')
        s->at++;
}

static cyn_code fail(const scan *s, const char *found)
{
    cyn_fail(s->err, CYN_E_SYNTAX, "matcher '%s': %s", s->text, found);
    cyn_hint(s->err, "write name=\"value\", name!=\"value\", name=~\"pattern\" or "
                     "name!~\"pattern\"; a word alone is a rule's name");
    return CYN_E_SYNTAX;
}

/* A text in double quotes, after the first of them. */
static cyn_code read_quoted(scan *s, const char **out)
{
    char *copy = cyn_alloc(s->arena, strlen(s->at) + 1), *to = copy;
    if (!copy) return cyn_nomem(s->err);
    for (; *s->at != '"'; s->at++) {
        char c = *s->at;
        if (!c) return fail(s, "a closing quote is missing");
        if (c == '\\') {
            c = *++s->at;
            if (!c || !strchr("\"\\n", c)) return fail(s, "after \\ one of \" \\ n is expected");
            if (c == 'n') c = '\n';
        }
        *to++ = c;
    }
    s->at++;
    *out = copy;
    return CYN_OK;
}

/* A name ends at a blank or an operator, a value at the end of the text. */
static cyn_code read_word(scan *s, const char *stops, const char **out)
{
    if (*s->at == '"') {
        s->at++;
        return read_quoted(s, out);
    }
    size_t n = strcspn(s->at, stops);
    const char *from = s->at;
    s->at += n;
    while (n > 0 && (from[n - 1] == ' ' || from[n - 1] == '\t'))
        n--;
    *out = cyn_strndup(s->arena, from, n);
    return *out ? CYN_OK : cyn_nomem(s->err);
}

static bool read_operator(scan *s, cyn_match_op *out)
{
    static const cyn_match_op order[] = {CYN_MATCH_LIKE, CYN_MATCH_UNLIKE, CYN_MATCH_IS_NOT,
                                         CYN_MATCH_IS};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        size_t n = strlen(operators[order[i]]);
        if (strncmp(s->at, operators[order[i]], n) != 0) continue;
        s->at += n;
        *out = order[i];
        return true;
    }
    return false;
}

static cyn_code refuse(const scan *s, const cyn_err *why)
{
    cyn_fail(s->err, CYN_E_SYNTAX, "matcher '%s': no regular expression: %s", s->text,
             why->message);
    cyn_hint(s->err, "patterns are regular expressions of PCRE2, and match whole values");
    return CYN_E_SYNTAX;
}

/* The pattern has to match the whole value. */
static cyn_code compile(const scan *s, cyn_matcher *m)
{
    cyn_err why = {0};
    if (strlen(m->value) > PATTERN_LIMIT) return fail(s, "the pattern is too long");
    cyn_arena *own = cyn_arena_new(PATTERN_BYTES);
    struct cyn_pattern *p = own ? CYN_NEW(own, struct cyn_pattern) : NULL;
    cyn_code rc = p ? cyn_regex_new(m->value, own, &p->regex, &why) : CYN_E_NOMEM;
    if (rc == CYN_OK) {
        p->arena = own;
        m->pattern = p;
        return CYN_OK;
    }
    cyn_arena_free(own);
    if (rc == CYN_E_NOMEM) return cyn_nomem(s->err);
    return s->recalls ? CYN_OK : refuse(s, &why);
}

static cyn_code parse(const char *text, bool recalls, cyn_arena *arena, cyn_matcher *out,
                      cyn_err *err)
{
    scan s = {.text = text, .at = text, .arena = arena, .recalls = recalls, .err = err};
    cyn_matcher m = {0};
    skip_blanks(&s);
    CYN_TRY(read_word(&s, " \t=!~\"", &m.name));
    if (!*m.name) return fail(&s, "a name is missing");
    skip_blanks(&s);
    if (!*s.at) {
        *out = (cyn_matcher){.name = "rule", .op = CYN_MATCH_IS, .value = m.name};
        return CYN_OK;
    }
    if (!read_operator(&s, &m.op)) return fail(&s, "after the name one of = != =~ !~ is expected");
    skip_blanks(&s);
    CYN_TRY(read_word(&s, "\"", &m.value));
    skip_blanks(&s);
    if (*s.at) return fail(&s, "a quote stands inside of it, or something follows the value");
    if (is_pattern(m.op)) CYN_TRY(compile(&s, &m));
    *out = m;
    return CYN_OK;
}

cyn_code cyn_matcher_parse(const char *text, cyn_arena *arena, cyn_matcher *out, cyn_err *err)
{
    return parse(text, false, arena, out, err);
}

static cyn_code parse_all(const char *const *texts, size_t n, bool recalls, cyn_arena *arena,
                          const cyn_matcher **out, cyn_err *err)
{
    cyn_matcher *items = CYN_NEW_ARRAY(arena, n + 1, cyn_matcher);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        cyn_code rc = parse(texts[i], recalls, arena, &items[i], err);
        if (rc == CYN_OK) continue;
        cyn_matchers_free(items, i);
        return rc;
    }
    *out = items;
    return CYN_OK;
}

cyn_code cyn_matchers_parse(const char *const *texts, size_t n, cyn_arena *arena,
                            const cyn_matcher **out, cyn_err *err)
{
    return parse_all(texts, n, false, arena, out, err);
}

cyn_code cyn_matchers_recall(const char *const *texts, size_t n, cyn_arena *arena,
                             const cyn_matcher **out, cyn_err *err)
{
    return parse_all(texts, n, true, arena, out, err);
}

bool cyn_matcher_is_refused(const cyn_matcher *m)
{
    return is_pattern(m->op) && !m->pattern;
}

bool cyn_silence_is_refused(const cyn_alert_silence *s)
{
    bool refused = false;
    for (size_t i = 0; i < s->nmatchers; i++)
        refused = refused || cyn_matcher_is_refused(&s->matchers[i]);
    return refused;
}

void cyn_matchers_free(const cyn_matcher *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (m[i].pattern) cyn_arena_free(m[i].pattern->arena);
}

static void add_quoted(cyn_buf *out, const char *s)
{
    cyn_buf_putc(out, '"');
    for (; *s; s++) {
        if (strchr("\"\\\n", *s)) cyn_buf_putc(out, '\\');
        cyn_buf_putc(out, *s == '\n' ? 'n' : *s);
    }
    cyn_buf_putc(out, '"');
}

void cyn_matcher_text(const cyn_matcher *m, cyn_buf *out)
{
    if (m->name[strcspn(m->name, " \t\n\\=!~\"")])
        add_quoted(out, m->name);
    else
        cyn_buf_puts(out, m->name);
    cyn_buf_puts(out, operators[m->op]);
    add_quoted(out, m->value);
}

/* ---- what they match ---- */

const char *cyn_notice_label(const cyn_notice *notice, const char *name)
{
    const char *value = NULL;
    if (!strcmp(name, "rule"))
        value = notice->rule;
    else if (!strcmp(name, "severity"))
        value = cyn_severity_names[notice->severity];
    else if (!strcmp(name, "metric"))
        value = notice->metric;
    else if (!strcmp(name, "owner"))
        value = notice->owner;
    else
        for (size_t i = 0; i < notice->nlabels && !value; i++)
            if (!strcmp(notice->labels[i].name, name)) value = notice->labels[i].value;
    return value ? value : "";
}

/* A pattern that searches for too long decides nothing: then nobody is kept from being told. */
static bool matches(const cyn_matcher *m, const cyn_notice *notice)
{
    const char *value = cyn_notice_label(notice, m->name);
    bool same = !m->pattern && strcmp(value, m->value) == 0;
    if (cyn_matcher_is_refused(m)) return false;
    if (m->pattern && cyn_regex_match(m->pattern->regex, value, NULL, &same, NULL) != CYN_OK)
        return false;
    return same == (m->op == CYN_MATCH_IS || m->op == CYN_MATCH_LIKE);
}

bool cyn_matchers_match(const cyn_matcher *m, size_t n, const cyn_notice *notice)
{
    for (size_t i = 0; i < n; i++)
        if (!matches(&m[i], notice)) return false;
    return true;
}

/* ---- who is muted ---- */

static bool find_silence(const cyn_mutes *m, const cyn_notice *notice, int64_t now, cyn_muting *out)
{
    for (size_t i = 0; i < m->nsilences; i++) {
        const cyn_alert_silence *s = &m->silences[i];
        if (now < s->from || now >= s->until) continue;
        if (!cyn_matchers_match(s->matchers, s->nmatchers, notice)) continue;
        *out = (cyn_muting){.kind = CYN_MUTE_SILENCE, .until = s->until, .silence = s};
        return true;
    }
    return false;
}

static bool is_within(const cyn_maintenance *w, int64_t now)
{
    return w->calendar ? cyn_alert_calendar_holds(w->calendar, now)
                       : w->from <= now && now < w->until;
}

static bool find_maintenance(const cyn_mutes *m, const cyn_notice *notice, int64_t now,
                             cyn_muting *out)
{
    for (size_t i = 0; i < m->nmaintenance; i++) {
        const cyn_maintenance *w = &m->maintenance[i];
        if (!is_within(w, now) || !cyn_matchers_match(w->matchers, w->nmatchers, notice)) continue;
        int64_t until = w->calendar ? cyn_alert_calendar_change(w->calendar, now) : w->until;
        *out = (cyn_muting){.kind = CYN_MUTE_MAINTENANCE, .until = until, .maintenance = w};
        return true;
    }
    return false;
}

static bool agree(const cyn_inhibition *rule, const cyn_notice *a, const cyn_notice *b)
{
    for (size_t i = 0; i < rule->nequal; i++)
        if (strcmp(cyn_notice_label(a, rule->equal[i]), cyn_notice_label(b, rule->equal[i])) != 0)
            return false;
    return true;
}

/* Two alerts that are source and target of the same inhibition would mute each other, and nobody
 * would be told of either: such a source mutes only what is no source itself. */
static bool inhibits(const cyn_inhibition *rule, const cyn_notice *source, const cyn_notice *target,
                     bool target_is_source)
{
    if (!cyn_matchers_match(rule->source, rule->nsource, source)) return false;
    if (!strcmp(source->identity, target->identity)) return false;
    if (target_is_source && cyn_matchers_match(rule->target, rule->ntarget, source)) return false;
    return agree(rule, source, target);
}

static bool find_inhibition(const cyn_mutes *m, const cyn_notice *notice, cyn_muting *out)
{
    for (size_t i = 0; i < m->ninhibitions; i++) {
        const cyn_inhibition *rule = &m->inhibitions[i];
        if (!cyn_matchers_match(rule->target, rule->ntarget, notice)) continue;
        bool is_source = cyn_matchers_match(rule->source, rule->nsource, notice);
        for (size_t j = 0; j < m->nfiring; j++) {
            if (!inhibits(rule, &m->firing[j], notice, is_source)) continue;
            *out = (cyn_muting){
                .kind = CYN_MUTE_INHIBITION, .until = CYN_ALERT_NO_CHANGE, .by = &m->firing[j]};
            return true;
        }
    }
    return false;
}

bool cyn_muted(const cyn_mutes *m, const cyn_notice *notice, int64_t now, cyn_muting *out)
{
    return find_silence(m, notice, now, out) || find_maintenance(m, notice, now, out) ||
           find_inhibition(m, notice, out);
}

void cyn_muting_text(const cyn_muting *m, const cyn_tz *tz, cyn_buf *out)
{
    const char *why = NULL;
    switch (m->kind) {
    case CYN_MUTE_SILENCE:
        cyn_buf_printf(out, "silence %lld by %s", (long long)m->silence->id, m->silence->who);
        why = m->silence->why;
        break;
    case CYN_MUTE_MAINTENANCE:
        cyn_buf_puts(out, "maintenance");
        why = m->maintenance->why;
        break;
    case CYN_MUTE_INHIBITION: cyn_buf_printf(out, "inhibited by %s", m->by->identity); break;
    }
    if (m->until != CYN_ALERT_NO_CHANGE) {
        char until[48];
        cyn_format_instant(m->until, tz, until, sizeof until);
        cyn_buf_printf(out, " until %s", until);
    }
    if (why && *why) cyn_buf_printf(out, ": %s", why);
}
