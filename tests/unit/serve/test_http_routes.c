/* The table of docs/reference/serve.md names all routes of the server, with what they need, and no
 * other: test_http_routes DOCS. */
#include "serve/http_impl.h"
#include "serve/site.h"
#include "test.h"

static const char *docs;
static cyn_arena *arena;

/* Of a line "| `GET /path` | … | reading |"; false: it is none. */
static bool parse_row(char *line, char **method, char **pattern, char **needs)
{
    if (strncmp(line, "| `", 3) != 0) return false;
    char *space = strchr(line + 3, ' '), *quote = strchr(line + 3, '`');
    char *end = strstr(line, " |\n");
    if (!space || !quote || !end || space > quote || quote[1] != ' ' || space[1] != '/')
        return false;
    *space = *quote = *end = '\0';
    *method = line + 3;
    *pattern = space + 1;
    *needs = strrchr(quote + 1, '|');
    if (!*needs) return false;
    *needs += 2;
    return true;
}

static const char *needs_of(const cyn_route *route)
{
    if (strcmp(route->pattern, "/login") == 0 && strcmp(route->method, "POST") == 0)
        return "the token";
    return route->open ? "nothing" : route->writes ? "writing" : "reading";
}

static void test_documentation_names_every_route(void)
{
    const cyn_route *site;
    size_t nsite, rows = 0;
    CHECK_INT(cyn_site_routes(arena, &site, &nsite, NULL), CYN_OK);
    size_t n = nsite + cyn_nroutes_auth;
    const cyn_route *routes[256];
    bool named[256] = {false};
    CHECK(n <= 256);
    for (size_t i = 0; i < n && i < 256; i++)
        routes[i] = i < nsite ? &site[i] : &cyn_routes_auth[i - nsite];
    FILE *f = fopen(docs, "r");
    CHECK(f != NULL);
    char line[1000], *method, *pattern, *needs;
    while (f && fgets(line, sizeof line, f)) {
        if (!parse_row(line, &method, &pattern, &needs)) continue;
        rows++;
        bool found = false;
        for (size_t i = 0; i < n && !found; i++)
            if (strcmp(routes[i]->method, method) == 0 &&
                strcmp(routes[i]->pattern, pattern) == 0) {
                found = named[i] = true;
                CHECK_STR(needs, needs_of(routes[i]));
            }
        if (!found) printf("# there is no route %s %s\n", method, pattern);
        CHECK(found);
    }
    if (f) fclose(f);
    for (size_t i = 0; i < n; i++) {
        if (!named[i]) printf("# not documented: %s %s\n", routes[i]->method, routes[i]->pattern);
        CHECK(named[i]);
    }
    CHECK_INT(rows, n);
}

/* What changes something is never a GET, which a link or a picture of another site could ask. */
static void test_routes_that_write_are_no_gets(void)
{
    const cyn_route *site;
    size_t n;
    CHECK_INT(cyn_site_routes(arena, &site, &n, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++) {
        CHECK(!site[i].writes || strcmp(site[i].method, "GET") != 0);
        CHECK(!site[i].writes || !site[i].open);
    }
}

int main(int argc, char **argv)
{
    docs = argc > 1 ? argv[1] : "docs/reference/serve.md";
    arena = cyn_arena_new(0);
    RUN(test_documentation_names_every_route);
    RUN(test_routes_that_write_are_no_gets);
    cyn_arena_free(arena);
    return test_end();
}
