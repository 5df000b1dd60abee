#include "evaluator.h"

#include <stdio.h>

#include <lauxlib.h>
#include <lualib.h>

int evaluate(const char *expression) {
    lua_State *state = luaL_newstate();
    if (state == NULL) {
        return 1;
    }
    luaL_openlibs(state);
    const int failed = luaL_dostring(state, expression);
    fprintf(failed ? stderr : stdout, "%s\n", luaL_tolstring(state, -1, NULL));
    lua_close(state);
    return failed;
}
