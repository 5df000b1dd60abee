# Lua, compiled into the library: Debian's own archives are not position independent, and a shared
# liblua5.4 takes the functions of a LuaJIT that the program has loaded.
version=5.4.4-3+deb12u1
origin='debian lua5.4'
sha256=d47c50154294a68c8a209c5d61bc09e5b22891c01b7c47501ac3f9725eb4a813
licence=debian/copyright

build() {
    cd src
    rm lua.c luac.c # the programs
    # shellcheck disable=SC2086 # lists of words
    printf '%s\n' ./*.c | xargs -n 1 -P "$jobs" $CC $CFLAGS -std=gnu99 -DLUA_USE_POSIX -c
    "$AR" rcs "$out/lib/liblua.a" ./*.o
    cp lua.h luaconf.h lualib.h lauxlib.h "$out/include"
}
