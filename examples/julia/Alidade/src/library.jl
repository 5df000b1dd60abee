# Finding and opening the library.

"""The library's name, as ccall asks for it; `open_library` has opened it before."""
const libalidade = "libalidade.so.0.1"

# Julia's own way to open a library (RTLD_DEEPBIND) binds C++'s exception functions twice, and an
# exception inside of the library then ends the process.
const OPEN_FLAGS = RTLD_NOW | RTLD_LOCAL

# Installed, by `meson install` or in a Python wheel, library and package lie in one tree.
const BESIDE = normpath(joinpath(@__DIR__, "..", "..", "..", "..", "..", "lib", libalidade))

function library_name()
    wanted = get(ENV, "ALIDADE_LIBRARY", "")
    isempty(wanted) || return abspath(wanted)
    return isfile(BESIDE) ? BESIDE : libalidade
end

function open_library()
    name = library_name()
    handle = dlopen(name, OPEN_FLAGS, throw_error=false)
    if handle === nothing
        error(
            "the library of alidade could not be opened as $name; " * (
                isempty(get(ENV, "ALIDADE_LIBRARY", "")) ?
                "set ENV[\"ALIDADE_LIBRARY\"] to the file $libalidade before `using Alidade`, " *
                "or install it where the loader looks" :
                "check that ENV[\"ALIDADE_LIBRARY\"] names the file $libalidade of this machine"
            ),
        )
    end
    lead_to(handle, name)
    version = ccall(dlsym(handle, :ald_abi_version), Int32, ())
    version == ALD_ABI || error(
        "$name has ABI version $version, this package is made for version $ALD_ABI; " *
        "take both of one release",
    )
    return nothing
end

# ccall finds an open library by the name inside of it. One out of a Python wheel has another name
# inside; a link leads to it.
function lead_to(handle, name)
    dlopen(libalidade, RTLD_NOLOAD | OPEN_FLAGS, throw_error=false) == handle && return
    folder = mktempdir()
    symlink(realpath(name), joinpath(folder, libalidade))
    pushfirst!(DL_LOAD_PATH, folder)
    return
end

# Refuses what the library was built without: its functions cannot be called.
function require_room(room)
    ald_has_feature(room) == 1 || error(
        "this library was built without the room '$room'; build it with that room in meson's " *
        "option -Drooms=..., or leave the option out to have all rooms",
    )
    return nothing
end

# Cancels what still goes on; five seconds are enough for an orderly end.
function shutdown_at_exit()
    ald_shutdown(5_000_000_000, C_NULL)
    exiting[] = true
    return
end
