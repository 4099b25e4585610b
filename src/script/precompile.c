/* Compiles the library at build time: precompile OUT.c FILE...
 *
 * Writes the modules as an array of cyn_embedded, under the names of the files. The first entry is
 * no module, but tells which Lua made the others. Run by Meson; see script/require.h.
 */
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)1 << 20) /* bytes of a module */

static int write_bytes(lua_State *L, const void *data, size_t n, void *file)
{
    const unsigned char *bytes = data;
    (void)L;
    for (size_t i = 0; i < n; i++)
        fprintf(file, "%d,", bytes[i]);
    return 0;
}

static bool read_text(const char *path, char *out, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    *n = fread(out, 1, TEXT_LIMIT, f);
    bool whole = !ferror(f) && *n < TEXT_LIMIT;
    fclose(f);
    return whole;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Pushes the module, compiled under the name that its text would get when it is loaded. */
static bool compile(lua_State *L, const char *path)
{
    const char *name = name_of(path);
    static char text[TEXT_LIMIT];
    char chunk[256];
    size_t n;
    if (!read_text(path, text, &n)) return false;
    snprintf(chunk, sizeof chunk, "=cynosure/%.*s", (int)(strlen(name) - strlen(".lua")), name);
    if (luaL_loadbufferx(L, text, n, chunk, "t") == LUA_OK) return true;
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    return false;
}

static bool write_arrays(lua_State *L, FILE *file, char **paths, int n)
{
    fprintf(file, "#include \"base/embed.h\"\nextern const cyn_embedded cyn_lua_chunks[];\n");
    fprintf(file, "static const unsigned char d0[] = {");
    write_bytes(L, lua_ident, strlen(lua_ident), file);
    for (int i = 0; i < n; i++) {
        if (!compile(L, paths[i])) return false;
        fprintf(file, "};\nstatic const unsigned char d%d[] = {", i + 1);
        lua_dump(L, write_bytes, file, 0);
        lua_pop(L, 1);
    }
    fprintf(file, "};\nconst cyn_embedded cyn_lua_chunks[] = {\n    {\"\", d0, sizeof d0},\n");
    for (int i = 0; i < n; i++)
        fprintf(file, "    {\"%s\", d%d, sizeof d%d},\n", name_of(paths[i]), i + 1, i + 1);
    fprintf(file, "    {0, 0, 0}};\n");
    return true;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    FILE *file = argc > 2 ? fopen(argv[1], "w") : NULL;
    bool ok = L && file && write_arrays(L, file, argv + 2, argc - 2);
    if (file && fclose(file) != 0) ok = false;
    if (L) lua_close(L);
    if (!ok) fprintf(stderr, "the library cannot be compiled\n");
    return ok ? 0 : 1;
}
