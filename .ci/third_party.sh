#!/bin/sh
# Builds a library of others from its source, once per compiler and sanitizer, outside the clone:
#
#   sh .ci/third_party.sh NAME VARIANT
#
# Prints the folder that then holds include/, lib/ (a static archive, position independent, its
# symbols hidden) and licence.txt. A second call finds what the first one built.
#
# NAME is a folder of .ci/third_party. Its recipe.sh sets
#   version   the version, as the origin calls it
#   origin    'debian PACKAGE', a source package of the machine's apt mirrors,
#             or 'pypi PROJECT', the sdist of pip's index
#   sha256    of the .dsc (which names the sums of its files), or of the sdist
#   licence   the licence's text in the source
#   build     a function that runs under -eu in the source and fills "$out/include" and
#             "$out/lib", with $CC, $CXX, $AR, $CFLAGS, $CXXFLAGS, $LDFLAGS and $jobs
# and its patches/*.patch are applied in the order of their names, after Debian's own.
#
# VARIANT is gcc or clang, alone or with the sanitizer that the program has: gcc-address,
# clang-thread. Undefined behaviour is not looked for in what is not ours.
#
# The cache is $ALIDADE_CACHE, else alidade in $XDG_CACHE_HOME or ~/.cache; deleting it is safe.
set -eu
ci=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/setup.sh
. "$ci/setup.sh"

lock_s=1800 # longer than any build takes

# fail WHAT [WHAT TO DO]
fail() {
    printf 'third_party: %s\n' "$@" >&2
    exit 1
}

# sum_of FILE: its SHA-256.
sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# check FILE: refuses another one than the recipe names.
check() {
    [ -f "$1" ] || fail "${1##*/} was not among what $origin $version gave"
    sum=$(sum_of "$1")
    [ "$sum" = "$sha256" ] || fail "${1##*/} of $name has SHA-256 $sum, expected $sha256" \
        "if its version was raised on purpose, put the new sum into $recipe; else do not use it"
}

# private_apt STATE COMMAND...: apt-get with deb-src lists of its own, which needs no root.
private_apt() (
    state=$1
    shift
    setup_logged env LC_ALL=C.UTF-8 apt-get -q -o Dir::Etc::SourceList="$state/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$state/lists" \
        -o Dir::Cache="$state" -o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
)

# fetch_debian PACKAGE: the files of its source package, into the current folder.
fetch_debian() {
    state=$root/apt
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    setup_known_debian_archives >"$state/archives.list"
    [ -s "$state/archives.list" ] ||
        fail "no apt source of this machine is Debian's main archive, where $name comes from" "$by_hand"
    while read -r suite address; do
        setup_debian_source deb-src "$suite" "$address"
    done <"$state/archives.list" >"$state/sources.list"
    setup_retry private_apt "$state" --error-on=any update || fail "apt could not fetch lists of sources" "$by_hand"
    private_apt "$state" --download-only source "$1=$version" ||
        fail "apt could not fetch the source of $1 $version" \
            "if the mirror has a newer one, raise version and sha256 in $recipe; else: $by_hand"
}

# fetch_pypi PROJECT: its sdist, into the current folder. pip compares the sum before it runs
# anything of what it got.
fetch_pypi() {
    setup_venv "$root/python" || fail "no virtual environment to run pip in"
    printf '%s==%s --hash=sha256:%s\n' "$1" "$version" "$sha256" >requirement.txt
    setup_logged "$root/python/bin/python" -m pip download --quiet --no-input --no-deps \
        --disable-pip-version-check --retries 8 --no-binary :all: -r requirement.txt ||
        fail "pip could not fetch the sdist of $1 $version with SHA-256 $sha256" \
            "if its version was raised on purpose, put the new sum into $recipe; else: $by_hand"
    rm requirement.txt
}

# The file that the recipe's sum is of, in the folder of sources.
pinned() {
    case "$origin" in
    debian\ *) echo "$sources/${origin#* }_${version#*:}.dsc" ;;
    pypi\ *) find "$sources" -name '*.tar.gz' ;;
    esac
}

# fetch: what the origin has, checked, or what lies there already.
fetch() {
    if [ ! -d "$sources" ]; then
        setup_note "fetching $name $version"
        mkdir "$work/sources"
        (
            sources=$work/sources
            cd "$sources"
            case "$origin" in
            debian\ *) fetch_debian "${origin#* }" ;;
            pypi\ *) fetch_pypi "${origin#* }" ;;
            *) fail "$recipe says origin='$origin'; known are 'debian PACKAGE' and 'pypi PROJECT'" ;;
            esac
            check "$(pinned)"
        )
        mv "$work/sources" "$sources"
    fi
    check "$(pinned)"
}

# unpack: the source with all patches, in $work/source.
unpack() {
    case "$origin" in
    debian\ *)
        setup_packages dpkg-dev
        setup_logged dpkg-source --require-strong-checksums -x "$(pinned)" "$work/source" ||
            fail "the source of $name in $sources is damaged" "delete that folder and try again"
        ;;
    pypi\ *)
        mkdir "$work/source"
        tar -xzf "$(pinned)" -C "$work/source" --strip-components 1 ||
            fail "the source of $name in $sources is damaged" "delete that folder and try again"
        ;;
    esac
    for patch in "$ci/third_party/$name/patches"/*.patch; do
        [ -e "$patch" ] || continue
        setup_logged patch -d "$work/source" -p1 -F0 --no-backup-if-mismatch -i "$patch" ||
            fail "$patch does not apply to $name $version" "write it anew for that version"
    done
}

# compile: runs the recipe's build in $work/source, with its result in $work/out.
compile() (
    mkdir -p "$work/out/include" "$work/out/lib"
    flags='-fPIC -fvisibility=hidden -fno-omit-frame-pointer'
    case "$sanitizer" in
    '') flags="$flags -O2 -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3" ;;
    *) flags="$flags -O1 -g1 -fsanitize=$sanitizer" ;;
    esac
    CFLAGS=$flags CXXFLAGS=$flags LDFLAGS=${sanitizer:+-fsanitize=$sanitizer}
    AR=ar out=$work/out jobs=$(nproc)
    if command -v ccache >/dev/null; then
        CC="ccache $CC" CXX="ccache $CXX"
    fi
    CCACHE_NOHASHDIR=true # the folder has another name each time
    export CC CXX AR CFLAGS CXXFLAGS LDFLAGS out jobs CCACHE_NOHASHDIR
    cd "$work/source"
    # A shell of its own: under `if` this one would go on after a command that failed.
    # shellcheck disable=SC2016 # for that shell
    setup_logged sh -euc '. "$1"; build' build "$recipe" ||
        fail "$name $version could not be built with $CC${sanitizer:+ and -fsanitize=$sanitizer}" \
            "the end of what its build said stands above; its recipe is $recipe"
    cp "$work/source/$licence" "$out/licence.txt" ||
        fail "$name $version has no licence in $licence; correct that in $recipe"
    find "$out/lib" -name '*.a' | grep -q . ||
        fail "$recipe built no static archive in \$out/lib"
)

[ $# -eq 2 ] || fail "usage: sh $0 NAME VARIANT"
name=$1 variant=$2
recipe=$ci/third_party/$name/recipe.sh
[ -f "$recipe" ] || fail "there is no recipe for '$name'; known are: $(ls "$ci/third_party" | tr '\n' ' ')"
case "$variant" in
gcc | gcc-address | gcc-thread) CC=gcc CXX=g++ ;;
clang | clang-address | clang-thread) CC=clang-14 CXX=clang++-14 ;;
*) fail "there is no variant '$variant'; known are gcc and clang, alone or with -address or -thread" ;;
esac
sanitizer=${variant#*-}
[ "$sanitizer" != "$variant" ] || sanitizer=
command -v "$CC" >/dev/null || fail "$CC is missing; sh .ci/setup.sh test installs it"

version='' origin='' sha256='' licence=''
# shellcheck source=/dev/null
. "$recipe"
for setting in version origin sha256 licence; do
    eval "[ -n \"\$$setting\" ]" || fail "$recipe does not set $setting"
done

root=${ALIDADE_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/alidade}/third_party
mkdir -p "$root/sources" || fail "cannot write to $root" "let ALIDADE_CACHE name a folder that can be written"
root=$(cd "$root" && pwd)
key=$({
    cat "$ci/third_party.sh" "$recipe"
    cat "$ci/third_party/$name/patches"/*.patch 2>/dev/null || true
    "$CC" --version
} | sha256sum | cut -c 1-16)
folder=$root/$name-$version-$key-$variant
sources=$root/sources/$name-$version
by_hand="without a network, put the source into $sources"

if [ ! -d "$folder" ]; then
    # Others who want the same wait for this build and then find it.
    exec 9>"$root/lock"
    flock -w "$lock_s" 9 || fail "another build in $root has not ended within $lock_s s" "end it and try again"
fi
if [ ! -d "$folder" ]; then
    work=$(mktemp -d "$root/work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' HUP INT TERM
    fetch
    unpack
    setup_note "building $name $version for $variant"
    compile
    mv "$work/out" "$folder" # at once: what is half built has no name that anybody looks for
fi
printf '%s\n' "$folder"
