# Shared by the scripts beside it: where things are, what they need, how they build. Sourced.
# shellcheck shell=bash disable=SC2034

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# Debian's Python: an interpreter earlier on PATH may lack the modules that apt installs.
python=/usr/bin/python3
[[ -x $python || -e /etc/debian_version ]] || python=python3

# What each Debian package is for; need_packages() prints the line of every one that is missing.
declare -A package_use=(
    [clang]="the second compiler that the code must please"
    [clang-format]="checks the layout of C files"
    [fonts-ipafont-gothic]="Japanese glyphs: the width of words on pages, in tests"
    [gcc]="compiles Cynosure"
    [libc6-dev]="the headers of the C library"
    [libclang-rt-14-dev]="sanitizers and fuzzing for clang"
    [libcurl4-openssl-dev]="sends messages over HTTP and SMTP"
    [libedit-dev]="line editing of cynosure repl"
    [liblua5.4-dev]="runs the metric scripts"
    [libmicrohttpd-dev]="serves the daemon's pages and its API"
    [libpcre2-dev]="regular expressions in Prometheus's queries"
    [libseccomp-dev]="confines the processes that run scripts"
    [libsqlite3-dev]="keeps the state, reads SQLite sources"
    [libutf8proc-dev]="display width and normal form of Unicode text"
    [libyaml-dev]="reads the project's YAML"
    [libzstd-dev]="reads .zst files"
    [lua-check]="checks Lua files"
    [meson]="describes the build"
    [nettle-dev]="SHA-256 of definitions"
    [ninja-build]="runs the build"
    [pkgconf]="finds the libraries"
    [prometheus-alertmanager]="a real Alertmanager that receives alerts, in tests"
    [python3]="embeds files into the binary, makes example data, runs tests"
    [python3-aiosmtpd]="a mail server that receives messages, in tests"
    [python3-jsonschema]="tests that loader and JSON Schemas agree"
    [python3-yaml]="reads what the tests expect"
    [shellcheck]="checks shell scripts"
    [sqlite3]="looks into the state from outside, in tests"
    [tzdata]="the rules of time zones"
    [zlib1g-dev]="reads .gz files"
)
build_packages=(gcc libc6-dev meson ninja-build pkgconf python3 liblua5.4-dev libyaml-dev
    libsqlite3-dev libcurl4-openssl-dev libmicrohttpd-dev libpcre2-dev libseccomp-dev libedit-dev zlib1g-dev libzstd-dev libutf8proc-dev nettle-dev tzdata)
test_packages=(chromium clang clang-format curl fonts-ipafont-gothic libclang-rt-14-dev lua-check openssl prometheus prometheus-alertmanager
    python3-aiosmtpd python3-croniter python3-jsonschema python3-yaml sqlite3 shellcheck strace)

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for package; do
        grep -qx "$package installed" <<<"$installed" || printf '%s\n' "$package"
    done
}

# Runs apt-get as root, with fresh package lists only where there are none or they are too old.
apt_install() {
    local -a as_root=(env DEBIAN_FRONTEND=noninteractive)
    [[ $(id -u) == 0 ]] || as_root=(sudo -n "${as_root[@]}")
    local -a install=("${as_root[@]}" apt-get install -y -q --no-install-recommends "$@")
    if compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null && "${install[@]}"; then
        return
    fi
    "${as_root[@]}" apt-get update -q && "${install[@]}"
}

# need_packages NAME…: installs what is missing, or says exactly what to type.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian: make sure that you have the equivalents of: $*"
        return
    fi
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    local package
    say "Missing Debian packages:"
    for package in "${missing[@]}"; do
        printf '  %-20s %s\n' "$package" "${package_use[$package]-}"
    done
    if [[ $(id -u) != 0 ]] && ! sudo -n true 2>/dev/null; then
        say "Install them, then run this again:"
        say "  sudo apt-get install -y --no-install-recommends ${missing[*]}"
        exit 1
    fi
    say "Installing them now."
    apt_install </dev/null "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
}

# configure DIR [MESON OPTION…]: once; later builds pick up changes by themselves.
configure() {
    local dir=$1
    shift
    [[ -f $dir/build.ninja ]] || meson setup "$dir" "$root" "$@"
}

# build_release DIR: an optimized binary, without a word unless something is wrong.
build_release() {
    local log=$1.log
    mkdir -p -- "$(dirname -- "$1")"
    say "Building Cynosure in ${1#"$root"/} …"
    # At -O3 gcc warns of what cannot happen; scripts/test sees to warnings.
    if ! { configure "$1" --buildtype=release -Dwerror=false && ninja -C "$1" src/app/cynosure; } >"$log" 2>&1; then
        tail -n 40 -- "$log" >&2
        die "the build failed; all of it is in ${log#"$root"/}"
    fi
}

# The learning app's events are made, not shipped; made again when their generator changed.
make_learning_data() {
    local data=$root/docs/examples/learning/data/events.csv
    [[ -s $data && $data -nt $root/scripts/generate-learning ]] && return
    say "Making the learning app's events …"
    "$python" "$root/scripts/generate-learning" "$data"
}
