# shellcheck shell=bash
# Shared by the scripts in dev: where things are, installing packages,
# building, and a private PostgreSQL server. Sourced, not run.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

as_root() {
    can_be_root || die "must be root, or have sudo, to run: $*"
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

# Sets $pg_major to $PG_MAJOR, else to the newest version that is installed, else to the
# one that the system's package "postgresql" stands for; and what depends on it.
find_postgresql() {
    local server
    pg_major=${PG_MAJOR-}
    for server in /usr/lib/postgresql/*/bin/postgres; do
        [ -n "${PG_MAJOR-}" ] || [ ! -x "$server" ] || pg_major=$(basename "${server%/bin/postgres}")
    done
    if [ -z "$pg_major" ]; then
        update_package_lists
        pg_major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p')
        [ -n "$pg_major" ] || die "the package sources of this system have no package postgresql"
    fi
    bindir=/usr/lib/postgresql/$pg_major/bin
    export PG_CONFIG=$bindir/pg_config PATH=$bindir:$PATH
}

# Sets $build_packages to what building needs, with the HTTP server where llhttp is to be had.
find_build_packages() {
    find_postgresql
    build_packages=(gcc make libc6-dev "postgresql-$pg_major" "postgresql-server-dev-$pg_major"
        libpq-dev libevent-dev libssl-dev)
    if ! ls /usr/include/llhttp.h /usr/local/include/llhttp.h /usr/share/include/llhttp/llhttp.h \
        >/dev/null 2>&1; then
        is_available gcc || update_package_lists # some systems begin with empty lists
        # Debian 13 and later have it as a library, Debian 12 as C files, Debian 11 not at all.
        if is_available libllhttp-dev; then
            build_packages+=(libllhttp-dev)
        elif is_available node-llhttp; then
            build_packages+=(node-llhttp)
        fi
    fi
}

is_available() {
    [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]
}

# PostgreSQL refuses to run as root, and whoever it runs as may not be allowed
# into the current folder. File 9 is the lock, which a server must not keep.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@" 9>&-)
    else
        "$@" 9>&-
    fi
}

# Installs those of the Debian packages that are missing, and says which. One whose name
# begins with ? is installed if the system's package sources have it.
install_packages() {
    find_missing "$@"
    [ ${#missing[@]} -gt 0 ] || return 0
    can_be_root || die "must be root, or have sudo, to install ${missing[*]}"
    update_package_lists
    find_missing "$@"
    say "Installing ${missing[*]} ..."
    apt_install "${missing[@]}"
}

find_missing() {
    local package name
    missing=()
    for package in "$@"; do
        name=${package#\?}
        if ! is_installed "$name" && { [ "$name" = "$package" ] || is_available "$name"; }; then
            missing+=("$name")
        fi
    done
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Once in a run.
update_package_lists() {
    [ -z "${lists_are_new-}" ] || return 0
    command -v apt-get >/dev/null || die "needs apt-get, to install Debian's packages"
    can_be_root || die "must be root, or have sudo, to install Debian's packages"
    apt_get update
    lists_are_new=1
}

# Debian starts a server of its own when it installs PostgreSQL. Nobody asked for
# one here, so for this one installation it is told not to.
apt_install() {
    local setting=/etc/postgresql-common/createcluster.d/pg_acu.conf

    if [ -x "$bindir/postgres" ]; then
        apt_get install "$@"
    else
        apt_get install postgresql-common
        as_root mkdir -p "$(dirname "$setting")"
        echo 'create_main_cluster = false' | as_root tee "$setting" >/dev/null
        (apt_get install "$@") || { as_root rm -f "$setting"; exit 1; }
        as_root rm -f "$setting"
    fi
}

# One apt-get; when it fails, its own reason in one line ends the run.
apt_get() {
    local log=run/install.log
    mkdir -p run
    as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -y -qq --no-install-recommends "$@" \
        >"$log" 2>&1 ||
        die "apt-get $1 failed: $(apt_errors "$log") (all of it: $root/$log)"
}

# In one line, of many files that it could not fetch the first.
apt_errors() {
    awk '/^E: / && !(/Failed to fetch/ && fetches++) {
        sub(/^E: /, ""); printf "%s%s", separator, $0; separator = "; " }' "$1"
}

# Builds the extension and installs it beside the server's own; and the HTTP server, where
# the libraries that it needs are.
build() {
    mkdir -p run
    if ! { make -j"$(nproc)" && as_root make install PG_CONFIG="$PG_CONFIG"; } >run/build.log 2>&1; then
        cat run/build.log >&2
        die "could not build"
    fi
}

has_httpd() {
    [ -x "$root/pg_acu_httpd" ]
}

# make_folder NAME: sets $folder to a new, empty folder run/NAME that the server
# may use. It is a link to a folder in /tmp when the server cannot enter this
# one, or when a socket's path here would be too long for the kernel.
make_folder() {
    remove_folder "$1"
    folder=$root/run/$1
    mkdir -p run
    if [ ${#folder} -gt 80 ] || ! as_server test -x "$root/run"; then
        ln -s "$(mktemp -d /tmp/pg_acu.XXXXXX)" "$folder"
        folder=$(readlink "$folder")
    else
        mkdir "$folder"
    fi
    chmod 700 "$folder"
    [ "$(id -u)" != 0 ] || chown postgres: "$folder"
}

remove_folder() {
    local link=$root/run/$1
    [ ! -L "$link" ] || rm -rf "$(readlink "$link")"
    rm -rf "$link"
}

# start_server NAME CONF: a private server in run/NAME, with the settings of a
# file, reached through a socket in the same folder and through nothing else.
# Sets libpq's environment so that psql and the like find it.
start_server() {
    stop_server "$1" # what an interrupted run may have left
    make_folder "$1"
    as_server "$bindir/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 \
        --locale=C.UTF-8 --no-sync >"$root/run/$1.log"
    {
        cat "$2"
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$folder'"
        echo "port = 5432"
        echo "fsync = off"
    } | as_server tee -a "$folder/data/postgresql.conf" >/dev/null
    control_server start
    use_server
}

# restart_server [FILE|SETTING]...: what start_server has started, with more settings:
# files of them, or lines such as "work_mem = 8MB".
restart_server() {
    local setting
    for setting in "$@"; do
        if [ -f "$setting" ]; then cat "$setting"; else echo "$setting"; fi
    done | as_server tee -a "$folder/data/postgresql.conf" >/dev/null
    control_server restart -m fast
}

control_server() {
    as_server "$bindir/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w "$@" >>"$root/run/server.log" ||
        { as_server cat "$folder/server.log" >&2; die "PostgreSQL did not $1"; }
}

# start_sampler DATABASE [SETTING]...: restarts the server with the sampler for a database
# that has the extension, and waits until it is there.
start_sampler() {
    local database=$1 _
    shift
    restart_server conf/pg_acu.conf "pg_acu.database = $database" "$@"
    for _ in {1..100}; do
        [ -z "$(worker_pid)" ] || return 0
        sleep 0.1
    done
    as_server cat "$folder/server.log" >&2
    die "the sampler did not start"
}

worker_pid() {
    psql -qXAt -c "SELECT pid FROM acu.worker_status()"
}

use_server() {
    local variable
    for variable in "${!PG@}"; do
        [ "$variable" = PG_CONFIG ] || [ "$variable" = PG_MAJOR ] || unset "$variable"
    done
    export PGHOST=$folder PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

# start_httpd DATABASE [FLAGS...]: the HTTP server of a server that start_server
# has started, as a role of its own, on the first free port from 8080 on. Sets
# $address.
start_httpd() {
    local database=$1 port=8080
    shift
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        port=$((port + 1))
    done
    address=127.0.0.1:$port
    # From a shell of its own, so that nobody waits for it.
    # shellcheck disable=SC2016 # that shell is to expand them
    as_server bash -c 'log=$1 pid=$2; shift 2; "$@" </dev/null >"$log" 2>&1 & echo $! >"$pid"' bash \
        "$folder/httpd.log" "$folder/httpd.pid" "$bindir/pg_acu_httpd" --listen "$address" \
        --dsn "host=$folder port=5432 user=acu_web dbname=$database" "$@"
    wait_for_httpd
}

wait_for_httpd() {
    local _
    for _ in {1..100}; do
        curl -sf "http://$address/readyz" >/dev/null && return
        sleep 0.1
    done
    as_server cat "$folder/httpd.log" >&2
    die "pg_acu_httpd did not become ready"
}

# Stops the daemon that start_httpd has started in $folder, if any.
stop_httpd() {
    local pid
    pid=$(as_server cat "$folder/httpd.pid" 2>/dev/null) || return 0
    # shellcheck disable=SC2016 # the other shell is to expand it
    as_server bash -c 'grep -qs pg_acu_httpd "/proc/$1/cmdline" && kill "$1"' bash "$pid" || true
    while [ -e "/proc/$pid" ] && grep -qs pg_acu_httpd "/proc/$pid/cmdline"; do
        sleep 0.1
    done
}

# stop_server NAME: also when it does not run, or never did.
stop_server() {
    folder=$root/run/$1
    [ ! -L "$folder" ] || folder=$(readlink "$folder")
    stop_httpd
    if as_server "$bindir/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; then
        as_server "$bindir/pg_ctl" -D "$folder/data" -m fast -w stop >/dev/null
    fi
    remove_folder "$1"
}

# One run at a time in this folder; other clones have a folder of their own.
lock() {
    mkdir -p run
    exec 9>"run/lock"
    flock -n 9 || die "another dev/demo or dev/test is running in this folder"
}
