# shellcheck shell=bash
# The rings of dev/test on other releases of Debian, each with the PostgreSQL that it has.
# A release lives in run/debian/NAME, made of Debian's own packages with the mirror that this
# machine's apt uses, and is kept for the next run. Sourced by dev/test and dev/firsthour, not
# run.

# The rings that each release runs: everything on one of them, elsewhere what depends on the
# version of PostgreSQL.
declare -A rings_of=(
    [bullseye]="build unit sql pgtap servers http"
    [bookworm]="build unit sql pgtap servers http"
    [trixie]="build lint unit fuzz sql pgtap servers http docs"
    [forky]="build unit sql pgtap servers"
)

# A release whose packages cannot be had at the moment is named and skipped.
ring_versions() {
    local release reason
    if ! as_root unshare --mount --pid --ipc --fork true 2>/dev/null; then
        skip "versions" "this system allows no namespaces (unshare), which a release runs in"
        return
    fi
    install_packages debootstrap
    for release in ${RELEASES-trixie forky bullseye bookworm}; do
        [ -n "${rings_of[$release]-}" ] || die "no release \"$release\"; there are: ${!rings_of[*]}"
        [ "$release" != "$(. /etc/os-release && echo "${VERSION_CODENAME-}")" ] || continue
        say "-- $release"
        if reason=$(prepare_release "$release" 2>&1); then
            test_release "$release"
        else
            skip "$release" "could not be prepared: $(tail -n 1 <<<"$reason")"
        fi
    done
}

# Runs the rings in a release and adds up what they count. A run that does not get to its
# closing line is one failure.
test_release() {
    local release=$1 log=$logs/$1.log closing
    # shellcheck disable=SC2086 # the rings are words
    in_release "$release" /pg_acu/dev/test ${rings_of[$release]} 2>&1 | tee "$log" |
        sed -u "/^[0-9]* passed, /d; s/^/$release: /" || true
    closing=$(tail -n 1 "$log")
    if [[ $closing =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
        say "-- $release: $closing"
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    else
        say "not ok - $release: the tests did not come to their end"
        failed=$((failed + 1))
    fi
}

# Makes a release, unless it is there and whole, with this tree and all packages that the
# tests need. The last line of what it prints is the reason when it fails.
prepare_release() {
    local release=$1 place=$root/run/debian/$1
    is_whole "$release" "$place" || make_release "$release" "$place" || return
    as_root cp -L /etc/resolv.conf /etc/hosts "$place/etc/" &&
        copy_tree "$place/pg_acu" &&
        in_release "$release" /pg_acu/dev/test packages
}

is_whole() {
    # shellcheck disable=SC2016 # the other shell is to expand it
    [ -e "$2/complete" ] && in_release "$1" sh -c '[ -z "$(dpkg --audit)" ]'
}

# make_release RELEASE FOLDER: a bare Debian.
make_release() {
    local release=$1 place=$2 mirror script=/usr/share/debootstrap/scripts/$1
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "apt has no source of Debian's own packages here"
    [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid # newer than debootstrap
    as_root rm -rf --one-file-system "$place"
    as_root mkdir -p "$place" || return
    as_root debootstrap --variant=minbase --include=ca-certificates "$release" "$place" "$mirror" "$script" ||
        die "debootstrap could not make $release"
    # The mirror may be older than a week, for which testing's signed list is valid.
    { apt-config dump | grep -E '^Acquire::(http|https|Retries|ForceIPv)'
      echo 'Acquire::Check-Valid-Until "false";'; } |
        as_root tee "$place/etc/apt/apt.conf.d/host" >/dev/null
    as_root touch "$place/complete"
}

# Where this machine gets Debian's packages from.
debian_mirror() {
    [ -n "$(apt-cache policy)" ] || update_package_lists
    # shellcheck disable=SC2016 # apt-get is to expand it
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
        'Label: Debian' 'Component: main' | sort -u | sed -n 1p
}

# This tree as its author has it, without what was built from it.
copy_tree() {
    as_root rm -rf --one-file-system "$1"
    as_root mkdir "$1"
    tar -c --exclude-vcs --exclude=./run --exclude=./build --exclude=./results --exclude='*.o' \
        --exclude='*.d' --exclude='*.bc' --exclude='*.so' --exclude=./pg_acu_httpd . |
        as_root tar -x --no-same-owner -C "$1"
}

# in_release NAME COMMAND...: runs a command as root in a release, in namespaces of its own:
# its mounts and whatever it starts are gone when it ends, however it does.
in_release() {
    local place=$root/run/debian/$1
    shift
    # shellcheck disable=SC2016 # the other shell is to expand it
    as_root unshare --mount --propagation private --pid --ipc --fork --kill-child bash -c '
        place=$1; shift
        mount --rbind /dev "$place/dev" && mount -t tmpfs tmpfs "$place/dev/shm" &&
            mount --rbind /sys "$place/sys" && mount -t proc proc "$place/proc" || exit
        exec chroot "$place" env -i HOME=/root LANG=C.UTF-8 \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' \
        bash "$place" "$@" </dev/null 9>&-
}
