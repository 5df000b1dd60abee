#!/bin/sh
# Gets a Debian 12 machine ready for this project.
#
#   sh .ci/setup.sh build                    the packages that building needs
#   sh .ci/setup.sh test                     those, the test tools, two locales and Julia
#   sh .ci/setup.sh venv DIR [--over BASE] REQUIREMENT...
#                             a virtual environment that holds these; with --over it sees
#                             what the environment BASE holds, and adds what that has not
#
# Only what is missing gets installed, so a second run is quick and silent.
# Packages come from the mirror that the machine's own apt sources name; as an
# ordinary user the script goes through sudo. Anything that cannot be had is an
# error that says what is missing, never a skip.
#
# Sourced, the file defines setup_build, setup_test and setup_venv and runs nothing.

setup_build_packages='
    g++ ccache pkg-config git ninja-build python3-venv python3-dev
    libtomlplusplus-dev libexpected-dev libfmt-dev libserialport-dev
    ca-certificates'
setup_test_packages='
    libgtest-dev libbenchmark-dev abigail-tools clang-14 clang-tidy-14
    clang-format-14 libclang-rt-14-dev llvm-14 cmake make dpkg-dev locales gcc umockdev libumockdev-dev ser2net'
setup_locale_names='de_DE tr_TR' # each with UTF-8
setup_attempts=4

setup_note() { printf 'setup: %s\n' "$*" >&2; }

# Bodies in parentheses run in a subshell: their variables and traps stay inside.

# setup_logged COMMAND...: runs it quietly; when it fails, shows the end of what it wrote.
setup_logged() (
    log=$(mktemp) || exit 1
    trap 'rm -f "$log"' EXIT
    trap 'exit 130' HUP INT TERM
    "$@" >"$log" 2>&1 && exit 0
    tail -n 20 "$log" >&2
    exit 1
)

# setup_retry COMMAND...: for what a bad network can break.
setup_retry() (
    attempt=1
    until "$@"; do
        [ "$attempt" -lt "$setup_attempts" ] || exit 1
        pause=$((attempt * attempt * 3))
        setup_note "attempt $attempt of $setup_attempts failed, next one in $pause s"
        sleep "$pause"
        attempt=$((attempt + 1))
    done
)

# setup_can_be_root PURPOSE: says what is missing when root's rights cannot be had.
setup_can_be_root() {
    [ "$(id -u)" -eq 0 ] && return 0
    if ! command -v sudo >/dev/null 2>&1; then
        setup_note "not root and no sudo here; as root, please $1"
        return 1
    fi
    sudo -n true 2>/dev/null && return 0
    [ -t 0 ] && sudo -v && return 0
    setup_note "sudo does not let $(id -un) in; as root, please $1"
    return 1
}

setup_as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# --no-remove: never trade a package of the machine's owner for one of ours.
setup_apt() {
    setup_logged setup_as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -q -y --no-remove --no-install-recommends \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# setup_missing PACKAGE...: prints those that are not installed.
setup_missing() (
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^installed //p' | tr '\n' ' ')
    for package; do
        case " $installed" in
        *" $package "*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
)

# A failed update alone is no failure: a third party's broken source must not
# stop packages that the other sources have.
setup_update_and_install() {
    setup_apt update || setup_note 'apt-get update failed, trying with the lists at hand'
    setup_apt install "$@"
}

# setup_packages PACKAGE...
setup_packages() (
    missing=$(setup_missing "$@")
    [ -n "$missing" ] || exit 0
    setup_can_be_root "install: $missing" || exit 1
    setup_note "installing $missing"
    # shellcheck disable=SC2086 # a list of names
    setup_retry setup_update_and_install $missing && exit 0
    setup_note "could not install: $(setup_missing "$@")"
    exit 1
)

# --no-archive: a later locale-gen rewrites the archive, not these directories.
setup_locales() (
    have=" $(locale -a 2>/dev/null | tr '\n' ' ') "
    for name in $setup_locale_names; do
        case "$have" in *" $name.utf8 "*) continue ;; esac
        setup_can_be_root "run: localedef --no-archive -i $name -f UTF-8 $name.UTF-8" || exit 1
        setup_note "making the locale $name.UTF-8"
        setup_logged setup_as_root \
            localedef --no-archive -i "$name" -f UTF-8 "$name.UTF-8" || exit 1
    done
)

setup_julia_is_new_enough() (
    command -v julia >/dev/null 2>&1 || exit 1
    case "$(julia --version 2>/dev/null)" in
    'julia version 1.'[5-9].* | 'julia version 1.'[1-9][0-9].*) exit 0 ;;
    'julia version '[2-9].*) exit 0 ;;
    esac
    exit 1
)

# What a Julia with the wrong libunwind dies of: an exception through many frames,
# its backtrace, one in a task, and the collector while tasks wait.
setup_julia_check='
using Test
deep(n) = n == 0 ? error("deep") : deep(n - 1) + 1
@testset "julia" begin
    @test ccall(:getpid, Cint, ()) > 0
    @test_throws ErrorException deep(50)
    frames = try deep(50) catch; stacktrace(catch_backtrace()) end
    @test count(frame -> frame.func === :deep, frames) == 51
    waiting = [@async (sleep(0.05); deep(50)) for _ in 1:20]
    for _ in 1:20
        sum(length, [rand(100) for _ in 1:1000])
        GC.gc()
    end
    for task in waiting
        @test_throws TaskFailedException wait(task)
    end
end'

# A subshell, so that this shell does not remember where it found julia.
setup_julia_runs() (
    exec >/dev/null 2>&1
    if julia --startup-file=no -e "$setup_julia_check"; then exit 0; else exit 1; fi
)

setup_julia_is_ready() {
    setup_julia_is_new_enough && setup_julia_runs
}

# Debian's archives of this release in the machine's apt sources, a line each: suite
# (bookworm, bookworm-security) and address. apt itself reads the sources, so both file
# formats, options and mirror lists count.
setup_debian_archives() (
    # shellcheck disable=SC1091 # describes the machine
    . /etc/os-release
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)' |
        sed -n "s/^Packages Debian main \(${VERSION_CODENAME:-unknown}[^ ]* \)/\1/p" |
        awk '!seen[$0]++'
)

# The same after apt has fetched its lists, should there be none yet.
setup_known_debian_archives() (
    archives=$(setup_debian_archives)
    if [ -z "$archives" ]; then
        setup_can_be_root 'run: apt-get update' || exit 1
        setup_retry setup_apt update
        archives=$(setup_debian_archives)
    fi
    [ -z "$archives" ] || printf '%s\n' "$archives"
)

setup_debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# setup_debian_source TYPE SUITE ADDRESS: a line of a source list; TYPE is deb or deb-src.
setup_debian_source() {
    if [ -r "$setup_debian_keyring" ]; then
        echo "$1 [signed-by=$setup_debian_keyring] $3 $2 main"
    else
        echo "$1 $3 $2 main"
    fi
}

# setup_julia_from LIST: with Debian 11 in the file LIST; only that source is fetched.
setup_julia_from() {
    setup_apt -o Dir::Etc::SourceList="$1" -o Dir::Etc::SourceParts=/dev/null \
        -o APT::Get::List-Cleanup=false --error-on=any update || return 1
    setup_julia_is_new_enough || setup_apt install julia || return 1
    setup_julia_runs || setup_julia_unwinder
}

# Debian 11's julia was built with libunwind 1.3 and dies of exceptions with the 1.6
# of Debian 12, which has the same file name. It gets its own one, in a folder that
# nothing else looks into, and a command that comes before /usr/bin/julia.
setup_julia_home=/usr/local/lib/alidade-julia
setup_julia_command=/usr/local/bin/julia
setup_julia_unwinder() (
    if [ -e "$setup_julia_command" ] && ! grep -q "$setup_julia_home" "$setup_julia_command"; then
        setup_note "$setup_julia_command is somebody else's and does not run"
        exit 1
    fi
    folder=$(mktemp -d) || exit 1
    trap 'rm -rf "$folder"' EXIT
    trap 'exit 130' HUP INT TERM
    cd "$folder" || exit 1
    setup_logged env LC_ALL=C.UTF-8 apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root \
        download libunwind8/bullseye || exit 1
    setup_logged dpkg-deb -x libunwind8_*.deb unpacked || exit 1
    setup_as_root mkdir -p "$setup_julia_home" "${setup_julia_command%/*}" || exit 1
    setup_as_root cp -P unpacked/usr/lib/*/libunwind.so.8* "$setup_julia_home" || exit 1
    cat >command <<END
#!/bin/sh
# Debian 11's Julia with the libunwind that it was built with.
LD_LIBRARY_PATH=$setup_julia_home\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
exec /usr/bin/julia "\$@"
END
    setup_as_root install -m 755 command "$setup_julia_command"
)

# Debian 12 has no Julia, Debian 11 has 1.5.3, and the libraries it needs from
# there live beside the newer ones. Debian 11 stays among the sources only while
# this runs, with a priority too low to replace anything.
setup_julia() (
    setup_julia_is_ready && exit 0
    by_hand='put a julia of 1.5 or newer that runs on the PATH'
    setup_can_be_root "install Julia, or $by_hand" || exit 1
    setup_note 'installing julia from Debian 11'

    mirrors=$(setup_known_debian_archives | sed -n 's/^[a-z]* //p') # of the main archive alone
    if [ -z "$mirrors" ]; then
        setup_note "no apt source of this machine is Debian's main archive; $by_hand"
        exit 1
    fi

    list=/etc/apt/sources.list.d/alidade-debian11-$$.list
    pin=/etc/apt/preferences.d/alidade-debian11-$$.pref
    trap 'setup_as_root rm -f "$list" "$pin"' EXIT
    trap 'exit 130' HUP INT TERM
    printf 'Package: *\nPin: release n=bullseye\nPin-Priority: 50\n' |
        setup_as_root tee "$pin" >/dev/null || exit 1

    for mirror in $mirrors; do
        setup_debian_source deb bullseye "$mirror" |
            setup_as_root tee "$list" >/dev/null || exit 1
        setup_retry setup_julia_from "$list" && break
        setup_note "no julia from $mirror"
    done
    if ! setup_julia_is_new_enough; then
        setup_note "Julia is missing: Debian 11 could not give it; $by_hand"
        exit 1
    fi
    setup_logged julia --startup-file=no -e "$setup_julia_check" && exit 0
    setup_note "julia is installed but does not run; $by_hand"
    exit 1
)

setup_build() {
    # shellcheck disable=SC2086 # a list of names
    setup_packages $setup_build_packages
}

setup_test() {
    # shellcheck disable=SC2086 # a list of names
    setup_packages $setup_build_packages $setup_test_packages &&
        setup_locales &&
        setup_julia
}

# setup_requirements REQUIREMENT...: the list, with the checksums of the files in it.
setup_requirements() (
    for requirement; do
        printf '%s\n' "$requirement"
        [ ! -f "$requirement" ] || cksum <"$requirement"
    done
)

# setup_pip DIR REQUIREMENT...: a wheel file replaces an installed one of the same version.
# Most modules are never imported: Python compiles those that are, and pip none.
setup_pip() (
    python=$1/bin/python
    shift
    set -- --quiet --no-input --no-compile --disable-pip-version-check --retries 8 "$@"
    setup_logged "$python" -m pip install "$@" || exit 1
    wheels=false
    for argument; do
        shift
        [ -f "$argument" ] || continue
        case "$argument" in
        *.whl)
            set -- "$@" "$argument"
            wheels=true
            ;;
        esac
    done
    "$wheels" || exit 0
    setup_logged "$python" -m pip install --quiet --no-input --disable-pip-version-check \
        --no-deps --no-index --force-reinstall "$@"
)

# setup_venv DIR [--over BASE] REQUIREMENT...: anything `pip install` takes. What a
# directory holds is not looked at: give wheels, not source directories.
setup_venv() (
    [ $# -gt 0 ] || exit 2
    dir=$1
    shift
    base=
    if [ "${1-}" = --over ]; then
        if [ ! -f "${2-}/.requirements" ]; then
            setup_note "--over: no virtual environment in '${2-}' that this script has made"
            exit 1
        fi
        base=$(cd "$2" && pwd)
        shift 2
    fi
    stamp=$dir/.requirements
    wanted=$(
        setup_requirements "$@"
        [ -z "$base" ] || cat "$base/.requirements"
    )
    if [ -x "$dir/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        exit 0
    fi
    rm -f "$stamp"
    if ! "$dir/bin/python" -m pip --version >/dev/null 2>&1; then
        if [ -n "$(ls -A "$dir" 2>/dev/null)" ] && [ ! -f "$dir/pyvenv.cfg" ]; then
            setup_note "$dir holds something else than a virtual environment"
            exit 1
        fi
        if ! setup_logged /usr/bin/python3 -m venv --clear ${base:+--without-pip} "$dir"; then
            setup_note "no virtual environment in $dir (is python3-venv installed?)"
            exit 1
        fi
    fi
    # What DIR holds itself comes before what such a file names.
    [ -z "$base" ] || setup_packages_of "$base" >"$(setup_packages_of "$dir")/base.pth" || exit 1
    if [ $# -gt 0 ] && ! setup_pip "$dir" "$@"; then
        setup_note "could not install into $dir: $*"
        exit 1
    fi
    printf '%s\n' "$wanted" >"$stamp"
)

# setup_packages_of DIR: where a virtual environment has its packages.
setup_packages_of() {
    "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

setup_usage() {
    echo "usage: sh $0 build | test | venv DIR [--over BASE] REQUIREMENT..." >&2
    return 2
}

setup_main() {
    case "$#:${1-}" in
    1:build) setup_build ;;
    1:test) setup_test ;;
    [2-9]:venv | [1-9][0-9]:venv) shift && setup_venv "$@" ;;
    *) setup_usage ;;
    esac
}

case "${0##*/}" in
setup.sh) setup_main "$@" ;;
esac
