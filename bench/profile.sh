# shellcheck shell=bash
# The CPU time of a request by party, and how often daemon and sessions go to sleep for one.
# Sourced by dev/bench.

# The servers that are profiled: this tree's daemon and, with --beside, others in turn with it.
declare -A master_of
profiled=(this)

# Real-time priority of wrk, the servers and the sessions, for --realtime.
priority=10

bench_profile() {
    [ -z "$quick" ] || rounds=1 seconds=1
    : "${rounds:=5}" "${seconds:=4}"
    without_starting_services install_packages wrk
    start_database
    start_httpd bench --workers 1
    address_of[this]=$address
    master_of[this]=$(as_server cat "$folder/httpd.pid")
    [ ${#beside[@]} = 0 ] || start_beside
    local name connections
    for name in "${profiled[@]}"; do
        run_wrk "$name" "${routes[0]}" 64 2 >/dev/null
    done
    [ -z "$realtime" ] || take_priority
    say "$(describe_machine)"
    say "GET ${routes[0]}, one worker; medians of $rounds round(s) of $seconds s${realtime:+, at a real-time priority}"
    say "microseconds of CPU a request, user + kernel; times a request that a process waits"
    printf '  %4s %-12s %10s %13s %13s %13s %7s %8s  %s\n' \
        '' '' requests/s wrk server sessions server sessions "$([ ${#beside[@]} = 0 ] || echo '/ this (lowest to highest)')"
    printf '' >"$results"
    for connections in "${wrk_connections[@]}"; do
        profile_rounds "$connections"
        for name in "${profiled[@]}"; do
            print_profile "$connections" "$name"
        done
    done
}

# Starts what --beside names: other builds of pg_acu_httpd on the same database, and nginx.
start_beside() {
    local program name
    [[ " ${beside[*]} " != *" nginx "* ]] || without_starting_services install_packages nginx-light
    mkdir "$folder/peers"
    curl -sf "http://$address/" >"$folder/peers/root.html"
    curl -sf "http://$address/time?timezone=America/New_York" >"$folder/peers/time.json"
    for program in "${beside[@]}"; do
        name=$(basename "$program")
        if [ "$program" = nginx ]; then
            write_nginx_conf "$folder/peers"
        else
            cp "$program" "$folder/peers/$name"
            address_of[$name]=127.0.0.1:$(free_port)
        fi
        [ "$(id -u)" != 0 ] || chown -R postgres: "$folder/peers"
        if [ "$program" = nginx ]; then
            start_peer nginx nginx -p "$folder/peers" -e stderr -c nginx.conf -g "daemon off;"
        else
            start_peer "$name" "./$name" --workers 1 --listen "${address_of[$name]}" \
                --dsn "host=$folder port=5432 user=acu_web dbname=bench"
        fi
        master_of[$name]=$(as_server cat "$folder/peers/$peer_number.pid")
        profiled+=("$name")
    done
}

# Gives the processes precedence over all else that the machine does.
take_priority() {
    local name
    for name in "${profiled[@]}"; do
        pgrep -P "${master_of[$name]}"
    done | cat - <(sessions) | while read -r pid; do
        as_root chrt -r -p "$priority" "$pid"
    done
    wrk_prefix=(as_root chrt -r "$priority")
}

# Prints the numbers of the server's processes.
sessions() {
    pgrep -P "$(head -1 <(as_server cat "$folder/data/postmaster.pid"))"
}

# profile_rounds CONNECTIONS: all in turn, in each second round the other way round.
profile_rounds() {
    local round name order
    for ((round = 1; round <= rounds; round++)); do
        order=("${profiled[@]}")
        [ $((round % 2)) = 1 ] || mapfile -t order < <(printf '%s\n' "${profiled[@]}" | tac)
        for name in "${order[@]}"; do
            profile_once "$name" "$1" >>"$results"
        done
    done
}

# profile_once NAME CONNECTIONS: a line of the results: connections, name and, tab-separated,
# requests a second, user and kernel microseconds of the three parties, and both waits.
profile_once() {
    local daemon sessions before after times requests TIMEFORMAT='%U %S'
    mapfile -t daemon < <(pgrep -P "${master_of[$1]}")
    mapfile -t sessions < <(sessions)
    [ -z "$realtime" ] || sleep "$seconds" # for what else the machine does
    before="$(used_by "${daemon[@]}") $(used_by "${sessions[@]}")"
    times=$({ time run_wrk "$1" "${routes[0]}" "$2" "$seconds" >run/profile.tsv; } 2>&1)
    after="$(used_by "${daemon[@]}") $(used_by "${sessions[@]}")"
    requests=$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' run/wrk.log)
    awk -v name="$1" -v connections="$2" -v rate="$(cut -f1 run/profile.tsv)" -v n="$requests" \
        -v times="$times" -v before="$before" -v after="$after" 'BEGIN {
        OFS = "\t"
        split(times, t, " "); split(before, b, " "); split(after, a, " ")
        print connections, name, rate, t[1] * 1e6 / n, t[2] * 1e6 / n, (a[1] - b[1]) * 1e4 / n, (a[2] - b[2]) * 1e4 / n,
            (a[4] - b[4]) * 1e4 / n, (a[5] - b[5]) * 1e4 / n, (a[3] - b[3]) / n, (a[6] - b[6]) / n
    }'
}

# used_by PID...: hundredths of a second in user code and in the kernel, and how often they
# have waited, summed up; a process that has ended counts nothing.
used_by() {
    local pid
    for pid in "$@"; do
        sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null || continue
        grep ^voluntary_ctxt_switches "/proc/$pid/status" 2>/dev/null || true
    done | awk '/^voluntary/ { waits += $2; next } { user += $12; kernel += $13 }
        END { print user + 0, kernel + 0, waits + 0 }'
}

# print_profile CONNECTIONS NAME: medians, and the ratio to this tree's daemon in the same round.
print_profile() {
    local i value=()
    for i in {3..11}; do
        value+=("$(awk -F'\t' -v connections="$1" -v name="$2" -v column="$i" \
            '$1 == connections && $2 == name { print $column }' "$results" | sort -g |
            awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }')")
    done
    printf '  %4d %-12s %10.0f %6.1f+%6.1f %6.1f+%6.1f %6.1f+%6.1f %7.2f %8.2f  %s\n' "$1" "$2" "${value[@]}" \
        "$([ "$2" = this ] || ratios_to_this "$1" "$2")"
}

# ratios_to_this CONNECTIONS NAME: of the requests a second, round by round: the median, the
# lowest and the highest.
ratios_to_this() {
    paste <(profile_rates "$1" "$2") <(profile_rates "$1" this) | awk '{ print $1 / $2 }' | sort -g |
        awk '{ v[NR] = $1 } END { printf "%.2f (%.2f to %.2f)", (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2, v[1], v[NR] }'
}

profile_rates() {
    awk -F'\t' -v connections="$1" -v name="$2" '$1 == connections && $2 == name { print $3 }' "$results"
}
