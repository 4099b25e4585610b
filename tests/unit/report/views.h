/* Hand-made trees for the tests of reports. The numbers are those of the worked examples of
 * docs/numerics.md (X-…); how they come about is none of the report's business. */
#pragma once
#include "base/arena.h"
#include "options.h"
#include "report/tree.h"

/* 2026-10 and 2026-09 in Tokyo: `date -d '2026-10-01T00:00+09:00' +%s` and so on. */
#define OCTOBER                                                                                    \
    {                                                                                              \
        {CYN_MONTH, 1}, 1790780400000000, 1793458800000000                                         \
    }
#define SEPTEMBER                                                                                  \
    {                                                                                              \
        {CYN_MONTH, 1}, 1788188400000000, 1790780400000000                                         \
    }

#define REAL(x)                                                                                    \
    {                                                                                              \
        .kind = CYN_NUM_REAL, .r = (x)                                                             \
    }
#define INT(x)                                                                                     \
    {                                                                                              \
        .kind = CYN_NUM_INTEGER, .i = (x)                                                          \
    }
#define NONE .part = NAN, .contribution = NAN, .share = NAN

static const cyn_metric m_revenue = {
    .name = "revenue",
    .sheet = {.title = {"Revenue", "売上"}, .role = CYN_KGI, .direction = CYN_UP, .unit = "USD"}};
static const cyn_metric m_users = {
    .name = "users",
    .sheet = {.title = {"Active users", "アクティブ利用者"}, .direction = CYN_UP, .unit = "users"}};
static const cyn_metric m_new = {
    .name = "new_users",
    .sheet = {.title = {"New users", "新規利用者"}, .direction = CYN_UP, .unit = "users"}};
static const cyn_metric m_back = {
    .name = "back_users", .sheet = {.title = {"Returning users", "継続利用者"}, .unit = "users"}};
static const cyn_metric m_orders = {.name = "orders_per_user",
                                    .sheet = {.title = {"Orders per user", "一人あたり注文数"},
                                              .role = CYN_NSM,
                                              .direction = CYN_UP}};
static const cyn_metric m_price = {
    .name = "price",
    .sheet = {.title = {"Price per order", "注文単価"}, .direction = CYN_UP, .unit = "USD"}};
static const cyn_metric m_aha = {
    .name = "aha_rate",
    .sheet = {.title = {"Aha rate", "Aha到達率"}, .direction = CYN_UP, .unit = "%"}};

#define POINT(m, now, then)                                                                        \
    .metric = &(m), .period = OCTOBER, .value = now, .against = {.value = then}

static const cyn_point revenue_points[] = {
    {POINT(m_revenue, INT(118900), INT(100000)), .status = CYN_YELLOW},
    {POINT(m_users, INT(1200), INT(1000)), .status = CYN_GREEN},
    {POINT(m_new, INT(450), INT(300))},
    {POINT(m_back, INT(750), INT(700))},
    {POINT(m_orders, REAL(1.8), REAL(2)), .status = CYN_RED},
    {POINT(m_price, REAL(55), REAL(50))},
    {POINT(m_aha, REAL(0.412), REAL(0.38))},
};

static const cyn_tree_node revenue_nodes[] = {
    {&m_revenue, 0, CYN_LINK_ROOT, CYN_DIRECTION_NONE, CYN_NO_NODE, 0, 7, false, false},
    {&m_users, 1, CYN_LINK_PART, CYN_DIRECTION_NONE, 0, 1, 4, false, false},
    {&m_new, 2, CYN_LINK_PART, CYN_DIRECTION_NONE, 1, 2, 3, false, false},
    {&m_back, 3, CYN_LINK_PART, CYN_DIRECTION_NONE, 1, 2, 4, false, false},
    {&m_orders, 4, CYN_LINK_PART, CYN_DIRECTION_NONE, 0, 1, 5, false, true},
    {&m_price, 5, CYN_LINK_PART, CYN_DIRECTION_NONE, 0, 1, 6, false, false},
    {&m_aha, 6, CYN_LINK_DRIVER, CYN_UP, 0, 1, 7, false, false},
};

#define LINE(up, deep, last, which)                                                                \
    .parent = (up), .depth = (deep), .end = (last), .node = &revenue_nodes[which],                 \
    .point = &revenue_points[which]
#define PART(p, c, of) .part = (p), .contribution = (c), .share = 1.0 * (c) / (of)

static const cyn_tree_item revenue_items[] = {
    {LINE(CYN_NO_NODE, 0, 8, 0), .method = CYN_METHOD_LMDI,
     .why = "a product: by logarithmic means", PART(18900, 18900, 18900)},
    {LINE(0, 1, 4, 1), .method = CYN_METHOD_ADDITIVE, .why = "a sum: each part's own change",
     PART(19896.7956, 19896.7956, 18900)},
    {LINE(1, 2, 3, 2), .why = "", PART(150, 14922.5967, 18900), .mark = CYN_MARK_BEST},
    {LINE(1, 2, 4, 3), .why = "", PART(50, 4974.1989, 18900)},
    {LINE(0, 1, 5, 4), .why = "", PART(-11498.0186, -11498.0186, 18900), .mark = CYN_MARK_WORST},
    {LINE(0, 1, 6, 5), .why = "", PART(10401.2230, 10401.2230, 18900)},
    {.line = CYN_LINE_RESIDUAL, .parent = 0, .depth = 1, .end = 7, PART(100, 100, 18900)},
    {LINE(0, 1, 8, 6), .why = "", NONE},
};

static const cyn_tree_view revenue_view = {
    .items = revenue_items,
    .count = 8,
    .period = OCTOBER,
    .against = {.kind = CYN_AGAINST_PREVIOUS},
    .has_against_period = true,
    .against_period = SEPTEMBER,
    .change = 18900,
};

/* A ratio over segments, with the reversal of Simpson: both rise, and the whole falls. */
static const char *const channel[] = {"channel"};
static const cyn_const ads[] = {{.kind = CYN_CONST_TEXT, .s = "ads", .n = 3}};
static const cyn_const talk[] = {{.kind = CYN_CONST_TEXT, .s = "口コミ|x", .n = 11}};
static const cyn_const unknown[] = {{.kind = CYN_CONST_NIL}};

#define IN(key) .nkeys = 1, .dims = channel, .keys = key
static const cyn_point ratio_points[] = {
    {POINT(m_aha, REAL(0.172), REAL(0.25)), .partial = true},
    {POINT(m_aha, REAL(0.42), REAL(0.40)), IN(ads), .partial = true},
    {POINT(m_aha, REAL(0.11), REAL(0.10)), IN(talk), .partial = true},
    {POINT(m_aha, {0}, {0}), IN(unknown)},
};
static const cyn_tree_node ratio_node = {
    &m_aha, 0, CYN_LINK_ROOT, CYN_DIRECTION_NONE, CYN_NO_NODE, 0, 1, false, false};

#define EFFECT(kind, up, i, x)                                                                     \
    {                                                                                              \
        .line = (kind), .parent = (up), .depth = 2, .end = (i) + 1, PART(x, x, -0.078)             \
    }
static const cyn_tree_item ratio_items[] = {
    {.end = 9,
     .parent = CYN_NO_NODE,
     .node = &ratio_node,
     .point = &ratio_points[0],
     .method = CYN_METHOD_RATE_MIX,
     .why = "a ratio: rates within the segments, and their mix",
     PART(-0.078, -0.078, -0.078)},
    {.line = CYN_LINE_SEGMENT,
     .parent = 0,
     .depth = 1,
     .end = 4,
     .node = &ratio_node,
     .point = &ratio_points[1],
     .method = CYN_METHOD_RATE_MIX,
     .why = "a ratio: rates within the segments, and their mix",
     PART(-0.0527, -0.0527, -0.078)},
    EFFECT(CYN_LINE_RATE, 1, 2, 0.007),
    EFFECT(CYN_LINE_MIX, 1, 3, -0.0597),
    {.line = CYN_LINE_SEGMENT,
     .parent = 0,
     .depth = 1,
     .end = 7,
     .node = &ratio_node,
     .point = &ratio_points[2],
     .state = CYN_SEGMENT_NEW,
     .method = CYN_METHOD_RATE_MIX,
     .why = "a ratio: rates within the segments, and their mix",
     PART(-0.0253, -0.0253, -0.078)},
    EFFECT(CYN_LINE_RATE, 4, 5, 0.0065),
    EFFECT(CYN_LINE_MIX, 4, 6, -0.0318),
    {.line = CYN_LINE_SEGMENT,
     .parent = 0,
     .depth = 1,
     .end = 8,
     .node = &ratio_node,
     .point = &ratio_points[3],
     .state = CYN_SEGMENT_VANISHED,
     NONE},
    {.line = CYN_LINE_RESIDUAL, .parent = 0, .depth = 1, .end = 9, PART(1e-15, 1e-15, -0.078)},
};
static const cyn_tree_view ratio_view = {
    .items = ratio_items,
    .count = 9,
    .dimension = "channel",
    .period = OCTOBER,
    .partial = true,
    .against = {.kind = CYN_AGAINST_LAST_YEAR},
    .change = -0.078,
};

/* Titles that try to break out of whatever they are written into. */
static const cyn_metric m_hostile[] = {
    {.name = "root",
     .sheet = {.title = {"\"];click</text>|<script>&amp;%%{init}%%\n\x1b[31m\\", NULL}}},
    {.name = "end",
     .sheet = {.title = {"e\u0301\u0301 👩‍👩‍👧 ＷＩＤＥ --> `code` #35; *x* [y](z)",
                         NULL}}},
    {.name = "a_1",
     .sheet = {.title = {"A very long title of a metric that nobody could ever read to its end, "
                         "however wide the screen may be",
                         NULL}}},
    {.name = "a",
     .sheet = {.title = {"非常に長い日本語の題名は途中で折り返され最後には切られる"
                         "ことになるが線は残る",
                         NULL}}},
};
static const cyn_err hostile_error = {.code = CYN_E_SCRIPT,
                                      .file = "metrics/a.lua",
                                      .line = 3,
                                      .message = "attempt to divide by '|'"};
static const cyn_point hostile_points[] = {
    {POINT(m_hostile[0], INT(12), INT(0))},
    {POINT(m_hostile[1], REAL(-3.5), REAL(2)), .immature = true},
    {POINT(m_hostile[2], INT(9), {0})},
    {.metric = &m_hostile[3], .period = OCTOBER, .failed = true, .error = &hostile_error},
};
static const cyn_tree_node hostile_nodes[] = {
    {&m_hostile[0], 0, CYN_LINK_ROOT, CYN_DIRECTION_NONE, CYN_NO_NODE, 0, 5, false, false},
    {&m_hostile[1], 1, CYN_LINK_PART, CYN_DIRECTION_NONE, 0, 1, 4, false, false},
    {&m_hostile[2], 2, CYN_LINK_PART, CYN_DIRECTION_NONE, 1, 2, 4, false, false},
    {&m_hostile[0], 0, CYN_LINK_PART, CYN_DIRECTION_NONE, 2, 3, 4, true, false},
    {&m_hostile[3], 3, CYN_LINK_DRIVER, CYN_DOWN, 0, 1, 5, false, false},
};
#define HOSTILE(up, deep, last, which, of)                                                         \
    .parent = (up), .depth = (deep), .end = (last), .node = &hostile_nodes[which],                 \
    .point = &hostile_points[of]
static const cyn_tree_item hostile_items[] = {
    {HOSTILE(CYN_NO_NODE, 0, 5, 0, 0), .method = CYN_METHOD_SCRIPT, .why = "its `own` <b>",
     PART(12, 12, 12)},
    {HOSTILE(0, 1, 4, 1, 1), .method = CYN_METHOD_NONE,
     .why = "a part has no value in one of the two", PART(12, 12, 12), .mark = CYN_MARK_BEST},
    {HOSTILE(1, 2, 4, 2, 2), .method = CYN_METHOD_NONE,
     .why = "a part has no value in one of the two", NONE},
    {HOSTILE(2, 3, 4, 3, 0), .why = "", NONE},
    {HOSTILE(0, 1, 5, 4, 3), .why = "", NONE},
};
static const cyn_tree_view hostile_view = {
    .items = hostile_items,
    .count = 5,
    .period = OCTOBER,
    .against = {.kind = CYN_AGAINST_PERIOD, .period = "2026-W40"},
    .change = 12,
    .failed = 1,
};
