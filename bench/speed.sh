# shellcheck shell=bash
# The speed of pg_acu_httpd beside nginx's, Flask's and Fastify's. Sourced by dev/bench.

# Which versions from npm; Fastify 5 needs Node.js 20, Debian 12 has 18.
fastify5=5.12.8
fastify4=4.29.1
postgresjs=3.4.9

# The servers that are measured, in the order of the tables
contestants=("nginx" "pg_acu_httpd" "Flask" "Flask, no database" "Fastify")
declare -A address_of
routes=("/time?timezone=America/New_York" "/")
wrk_connections=(1 16 64)
wrk_prefix=()

results=run/bench.tsv
peer_number=0
policy=/usr/sbin/policy-rc.d
policy_is_ours=

bench_speed() {
    [ -z "$quick" ] || rounds=1 seconds=1
    : "${rounds:=5}" "${seconds:=4}"
    install_peers
    start_database
    start_httpd bench
    address_of[pg_acu_httpd]=$address
    start_peers
    check_all
    describe
    measure
    print_tables
    compare_with_goals
}

install_peers() {
    without_starting_services install_packages wrk nginx-light python3-flask gunicorn python3-psycopg2
    command -v npm >/dev/null || install_packages npm
    install_from_npm
}

# Debian starts nginx when it installs it, on port 80. Nobody asked for that, so for this
# one installation it is told not to, unless the machine has a policy of its own.
without_starting_services() {
    if [ ! -e "$policy" ]; then
        policy_is_ours=1
        printf '%s\n' '#!/bin/sh' 'exit 101' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    "$@"
    [ -z "$policy_is_ours" ] || as_root rm -f "$policy"
    policy_is_ours=
}

install_from_npm() {
    local fastify=$fastify5
    [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || fastify=$fastify4
    [ "$(version_from_npm fastify) $(version_from_npm postgres)" != "$fastify $postgresjs" ] || return 0

    say "Installing Fastify and postgres.js in run/bench ..."
    mkdir -p run/bench
    npm install --prefix run/bench --no-audit --no-fund --no-package-lock \
        "fastify@$fastify" "postgres@$postgresjs" >run/npm.log 2>&1 ||
        { cat run/npm.log >&2; die "could not install from npm"; }
}

version_from_npm() {
    node -p 'JSON.parse(fs.readFileSync(process.argv[1])).version' \
        "run/bench/node_modules/$1/package.json" 2>/dev/null
}

# The peers run as whom the server runs as, who may not be allowed to read this folder.
# All answer GET / with the page that ours answers; they have it in memory.
start_peers() {
    local server=$folder/peers port
    mkdir "$server"
    cp -r bench/flask_app.py bench/fastify_app.mjs run/bench/node_modules "$server"
    curl -sf "http://$address/" >"$server/root.html"
    curl -sf "http://$address/time?timezone=America/New_York" >"$server/time.json"
    write_nginx_conf "$server"
    chmod -R u=rwX,go=rX "$server"
    [ "$(id -u)" != 0 ] || chown -R postgres: "$server"

    export ROOT_PAGE=$server/root.html
    start_peer nginx nginx -p "$server" -e stderr -c nginx.conf -g "daemon off;"
    start_flask "Flask" with_database
    start_flask "Flask, no database" without_database
    port=$(free_port)
    address_of[Fastify]=127.0.0.1:$port
    start_peer Fastify env PORT="$port" PGUSER=acu_web node fastify_app.mjs
}

# start_flask NAME APPLICATION
start_flask() {
    address_of[$1]=127.0.0.1:$(free_port)
    start_peer "$1" env PGUSER=acu_web /usr/bin/gunicorn --workers 2 --bind "${address_of[$1]}" \
        --log-level warning "flask_app:$2"
}

# One worker. The page is longer than a string may be in nginx's configuration, so it is a
# file that is kept open.
write_nginx_conf() {
    local port
    port=$(free_port)
    address_of[nginx]=127.0.0.1:$port
    cat >"$1/nginx.conf" <<END_OF_CONF
worker_processes 1;
pid nginx.pid;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=10;
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
    uwsgi_temp_path temp; scgi_temp_path temp;
    types { text/html html; }
    server {
        listen 127.0.0.1:$port;
        root $1;
        location = / { try_files /root.html =404; }
        location = /time {
            default_type application/json;
            return 200 '$(cat "$1/time.json")';
        }
    }
}
END_OF_CONF
}

free_port() {
    local port=$((20000 + RANDOM % 10000))
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        port=$((port + 1))
    done
    echo "$port"
}

# start_peer NAME COMMAND...: starts it in the peers' folder, and waits until it answers.
start_peer() {
    local name=$1 file
    shift
    peer_number=$((peer_number + 1))
    file=$folder/peers/$peer_number
    # From a shell of its own, so that nobody waits for it.
    # shellcheck disable=SC2016 # that shell is to expand them
    as_server bash -c 'cd "$1"; file=$2; shift 2; "$@" </dev/null >"$file.log" 2>&1 & echo $! >"$file.pid"' \
        bash "$folder/peers" "$file" "$@"
    wait_for_peer "$name" "$file"
}

wait_for_peer() {
    local _
    for _ in {1..100}; do
        curl -sf "http://${address_of[$1]}/" >/dev/null && return
        sleep 0.1
    done
    as_server cat "$2.log" >&2
    die "$1 did not become ready"
}

# Stops what start_peer has started, now or in a run that was interrupted: the processes
# whose working directory is the peers' folder. A server that is asked to stop has ten seconds.
stop_peers() {
    local file pid _
    for file in "$root"/run/bench_server/peers/*.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        ! is_peer "$pid" || kill "$pid"
        for _ in {1..100}; do
            is_peer "$pid" || break
            sleep 0.1
        done
        ! is_peer "$pid" || kill -9 "$pid"
    done
}

is_peer() {
    [ "$(readlink "/proc/$1/cwd")" = "$(readlink -f run/bench_server)/peers" ]
}

# --- Checking, before the measurements, that every server answers right

check_all() {
    local name
    for name in "${contestants[@]}"; do
        check_time "$name"
        check_page "$name"
        [ "$name" = nginx ] || check_unknown_zone "$name"
    done
}

check_time() {
    local pattern='^200 application/json \{"time": ?"20[0-9-]{8} [0-9:]{8}(\.[0-9]+)?-0[45]:00", ?"timezone": ?"America/New_York"\}$'
    [[ $(ask "$1" "/time?timezone=America/New_York") =~ $pattern ]] ||
        die "$1 answered GET /time wrong: $(ask "$1" "/time?timezone=America/New_York")"
}

check_page() {
    [ "$(ask "$1" /)" = "200 text/html $(cat "$ROOT_PAGE")" ] ||
        die "$1 answered GET / with another page, or not as text/html"
}

check_unknown_zone() {
    [[ $(ask "$1" "/time?timezone=Nowhere") = "400 application/json "* ]] ||
        die "$1 answered an unknown time zone wrong: $(ask "$1" "/time?timezone=Nowhere")"
}

# ask NAME PATH: its status, its type without a charset, and its body.
ask() {
    local body head
    body=$(curl -s "http://${address_of[$1]}$2" -o - -w '\n%{http_code} %{content_type}')
    head=${body##*$'\n'}
    printf '%s %s' "${head%%;*}" "${body%$'\n'*}"
}

# --- Measuring

# Measures all servers in turn, and in every second round the other way round, so that other
# load on the machine meets all alike.
measure() {
    local round route connections name order
    for name in "${contestants[@]}"; do
        for route in "${routes[@]}"; do
            run_wrk "$name" "$route" 16 1 >/dev/null # caches, statements, compilers
        done
    done
    printf '' >"$results"
    for ((round = 1; round <= rounds; round++)); do
        for route in "${routes[@]}"; do
            for connections in "${wrk_connections[@]}"; do
                mapfile -t order < <(in_order_of_round "$round")
                for name in "${order[@]}"; do
                    printf '%s\t%s\t%s\t%s\n' "$route" "$connections" "$name" \
                        "$(run_wrk "$name" "$route" "$connections" "$seconds")" >>"$results"
                done
            done
        done
        [ ! -t 2 ] || printf 'round %s of %s done\n' "$round" "$rounds" >&2
    done
}

in_order_of_round() {
    if [ $(($1 % 2)) = 1 ]; then
        printf '%s\n' "${contestants[@]}"
    else
        printf '%s\n' "${contestants[@]}" | tac
    fi
}

# run_wrk NAME ROUTE CONNECTIONS SECONDS: requests a second, and milliseconds in which 99 %
# of them were answered. An error is no measurement.
run_wrk() {
    local log=run/wrk.log
    "${wrk_prefix[@]}" wrk -t1 -c"$3" -d"$4" --latency "http://${address_of[$1]}$2" >"$log" 2>&1 ||
        { cat "$log" >&2; die "wrk failed"; }
    if grep -qE 'Non-2xx|Socket errors' "$log"; then
        cat "$log" >&2
        die "$1 answered GET $2 with errors at $3 connections"
    fi
    awk '$1 == "99%" {
             p99 = $2 + 0
             if ($2 ~ /us$/) p99 /= 1000; else if ($2 !~ /ms$/) p99 *= 1000
         }
         $1 == "Requests/sec:" { rate = $2 }
         END { printf "%s\t%.3f\n", rate, p99 }' "$log"
}

# --- Telling

describe() {
    describe_machine
    say "$("$bindir/pg_acu_httpd" --version)$(git log -1 --format=' (commit %h)' 2>/dev/null || true), default settings, role acu_web"
    say "PostgreSQL $(psql -XAtc 'SHOW server_version'), reached through a socket by all"
    say "nginx $(nginx -v 2>&1 | sed 's/.*nginx\///'): one worker; /time is return 200, / an open file"
    say "Flask $(debian_version python3-flask), gunicorn $(debian_version gunicorn), psycopg2 $(debian_version python3-psycopg2), $(/usr/bin/python3 --version): two workers, a connection each"
    say "Fastify $(version_from_npm fastify), postgres.js $(version_from_npm postgres), Node.js $(node --version)"
    say "$(wrk -v 2>&1 | sed -n 's/ \[.*//p;q'), -t1, on the same cores; $rounds round(s) of $seconds s, everyone in turn"
    if [ "$rounds" -lt 5 ]; then
        say "Fewer than five rounds: to look, not to quote."
    fi
}

debian_version() {
    dpkg-query -W -f '${Version}' "$1" | sed 's/-[^-]*$//'
}

# A table for each route and number of connections, in the order in which they were
# measured first.
print_tables() {
    local route connections
    for route in "${routes[@]}"; do
        for connections in "${wrk_connections[@]}"; do
            say
            say "GET $route, $connections connection(s)"
            printf '  %-20s %10s %10s %10s %9s %9s %9s\n' '' requests/s lowest highest 'p99 ms' '/ nginx' '/ ours'
            print_rows "$route" "$connections"
        done
    done
    say
    say "requests/s and p99 are medians of the rounds, lowest and highest the rounds' own;"
    say "the ratios are of the medians, ours is pg_acu_httpd. Every round: $results"
}

print_rows() {
    local name nginx ours
    nginx=$(median "$1" "$2" nginx 4)
    ours=$(median "$1" "$2" pg_acu_httpd 4)
    for name in "${contestants[@]}"; do
        printf '  %-20s %10.0f %10.0f %10.0f %9.2f %9s %9s\n' "$name" \
            "$(median "$1" "$2" "$name" 4)" \
            "$(values "$1" "$2" "$name" 4 | head -1)" "$(values "$1" "$2" "$name" 4 | tail -1)" \
            "$(median "$1" "$2" "$name" 5)" \
            "$(ratio "$(median "$1" "$2" "$name" 4)" "$nginx")" \
            "$(ratio "$(median "$1" "$2" "$name" 4)" "$ours")"
    done
}

# values ROUTE CONNECTIONS NAME COLUMN: those of all rounds, the lowest first.
values() {
    awk -F'\t' -v route="$1" -v connections="$2" -v name="$3" -v column="$4" \
        '$1 == route && $2 == connections && $3 == name { print $column }' "$results" | sort -g
}

median() {
    values "$@" | awk '{ value[NR] = $1 }
        END { print (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2 }'
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'
}

compare_with_goals() {
    local time=${routes[0]} page=${routes[1]}
    say
    say "pg_acu_httpd at 64 connections"
    compare "$time" nginx "goal 0.60, floor 0.50"
    compare "$time" Flask "goal 20"
    compare "$time" Fastify "goal 4"
    compare "$page" Flask "goal 8"
}

# compare ROUTE NAME GOAL
compare() {
    printf '  GET %-32s %6.2f times %-8s (%s)\n' "$1" \
        "$(ratio "$(median "$1" 64 pg_acu_httpd 4)" "$(median "$1" 64 "$2" 4)")" "$2" "$3"
}
