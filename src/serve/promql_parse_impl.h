/* What the files of the parser share. Private to src/serve.
 *
 *     promql_parse.c      operators, calls, aggregations; what all need
 *     promql_selector.c   selectors, and what stands behind them: ranges, offset, @
 */
#pragma once
#include "serve/promql_impl.h"

typedef struct cyn_promql_parser {
    cyn_promql_lexer lexer;
    cyn_promql_token now, next;
    cyn_arena *arena;
    cyn_err *err;
    int depth;
} cyn_promql_parser;

/* On to the next token. */
cyn_code cyn_promql_parse_step(cyn_promql_parser *p);
bool cyn_promql_parse_sign(const cyn_promql_token *t, const char *sign);
/* Words of the language are the same in capitals. */
bool cyn_promql_parse_word(const cyn_promql_token *t, const char *word);
/* What stands there is not what was expected. */
cyn_code cyn_promql_parse_unexpected(cyn_promql_parser *p, const char *where, const char *expected);
cyn_code cyn_promql_parse_expect(cyn_promql_parser *p, const char *sign, const char *where);
cyn_code cyn_promql_parse_node(cyn_promql_parser *p, cyn_promql_kind kind, cyn_promql_type type,
                               const char *at, cyn_promql_node **out);
cyn_code cyn_promql_parse_arg(cyn_promql_parser *p, cyn_promql_node *node, cyn_promql_node *arg);
cyn_code cyn_promql_need_type(cyn_promql_parser *p, const cyn_promql_node *node,
                              cyn_promql_type want, const char *where);
cyn_code cyn_promql_parse_selector(cyn_promql_parser *p, cyn_promql_node **out);
cyn_code cyn_promql_parse_range(cyn_promql_parser *p, cyn_promql_node **node);
cyn_code cyn_promql_parse_offset(cyn_promql_parser *p, cyn_promql_node *node);
cyn_code cyn_promql_parse_pin(cyn_promql_parser *p, cyn_promql_node *node);
