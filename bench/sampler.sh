# shellcheck shell=bash
# The cost of sampling the workload, and the room that its history takes. Sourced by
# dev/bench.

# --- The CPU of one sample

# The CPU time of the worker for samples of three kinds, as nanoseconds on a CPU that the
# kernel counts for the process:
#   first    all entries are new: it writes what the busiest queries did, and reads the
#            file of texts to keep theirs
#   plain    a sample that the worker takes by itself
#   writing  one that also writes what the queries did, as the last one of a minute does
bench_sample() {
    local entries changed
    : "${rounds:=25}"
    [ -z "$quick" ] || rounds=5
    describe_sampler
    say "CPU-ms of the worker for a sample; medians of $rounds samples each, with the lowest and highest"
    printf '  %7s %7s   %7s   %-24s   %-24s\n' entries changed first plain writing
    for entries in 5000 10000; do
        for changed in 500 "$entries"; do
            measure_samples "$entries" "$changed"
        done
    done
    say "At the default interval one sample in six writes."
}

# measure_samples ENTRIES CHANGED
measure_samples() {
    local entries=$1 changed=$2 first
    start_database
    start_sampler bench "pg_acu.sample_interval = 0" "pg_stat_statements.max = $((entries + 1000))"
    make_rows
    psql -qXAt -c 'SELECT pg_stat_statements_reset()' -c 'SELECT acu.take_sample()' >/dev/null
    run_statements "$entries"
    first=$(cpu_of_sample)
    # Otherwise the texts of other queries would be kept each time, until all are known.
    set_sampler track_query_text off
    samples cpu_of_sample "$changed" >run/writing.txt
    set_sampler sample_interval 2s
    samples cpu_of_interval "$changed" >run/plain.txt
    printf '  %7s %7s   %7.1f   %s   %s\n' "$(count_entries)" "$changed" \
        "$(awk -v us="$first" 'BEGIN { print us / 1000 }')" \
        "$(summary run/plain.txt)" "$(summary run/writing.txt)"
}

# samples COMMAND CHANGED: what the command says of each sample, each after that many
# statements; but for the first two.
samples() {
    local command=$1 changed=$2 round took
    for ((round = -1; round <= rounds; round++)); do
        run_statements "$changed"
        took=$("$command")
        [ "$round" -le 0 ] || echo "$took"
    done
}

# Microseconds, for a sample that is asked for.
cpu_of_sample() {
    local before
    before=$(worker_cpu)
    psql -qXAt -v ON_ERROR_STOP=1 -c "SELECT acu.take_sample()" >/dev/null
    sleep 0.02 # until the worker waits again
    echo $(($(worker_cpu) - before))
}

# The same for the worker's next one.
cpu_of_interval() {
    local before last
    before=$(worker_cpu)
    last=$(last_sample)
    while [ "$(last_sample)" = "$last" ]; do
        sleep 0.1
    done
    sleep 0.05
    echo $(($(worker_cpu) - before))
}

worker_cpu() {
    awk '{ printf "%d", $1 / 1000 }' "/proc/$(worker_pid)/schedstat"
}

last_sample() {
    psql -qXAt -c "SELECT at FROM acu.worker_status()"
}

# set_sampler NAME VALUE
set_sampler() {
    psql -qX -v ON_ERROR_STOP=1 -c "ALTER SYSTEM SET pg_acu.$1 = '$2'" -c 'SELECT pg_reload_conf()' >/dev/null
    sleep 0.2
}

# summary FILE: of microseconds, as milliseconds.
summary() {
    sort -g "$1" | awk '{ value[NR] = $1 / 1000 }
        END { printf "%7.1f (%6.1f to %6.1f)\n", (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2, value[1], value[NR] }'
}

count_entries() {
    psql -qXAt -c "SELECT count(*) FROM acu_internal.read_statements()"
}

# run_statements COUNT: that many distinct statements, each once.
run_statements() {
    distinct_statements "$1" | psql -qXAt -v ON_ERROR_STOP=1 -o /dev/null
}

make_rows() {
    psql -qX -v ON_ERROR_STOP=1 -c 'CREATE TABLE rows (id int PRIMARY KEY, value int)' \
        -c 'INSERT INTO rows SELECT i, i FROM generate_series(1, 10000) AS i' -c 'ANALYZE rows'
}

# distinct_statements COUNT: constants make no difference to pg_stat_statements, but
# operators do: the number is written with + for 0 and - for 1.
distinct_statements() {
    awk -v count="$1" 'BEGIN {
        for (n = 1; n <= count; n++) {
            sum = ""
            for (bit = 1; bit <= 8192; bit *= 2)
                sum = sum (int(n / bit) % 2 ? " - 0" : " + 0")
            print "SELECT value FROM rows WHERE id = " n sum ";"
        }
    }'
}

# --- The sampler's cost for clients

# pgbench -S on a server with the sampler at its default interval, and on the same server
# without it, in pairs, each second one the other way round. pg_stat_statements is full.
# Transactions a second are noisy; CPU for a transaction, of all processes of the server
# and so with the sampler's, is less so.
bench_overhead() {
    local pair with
    : "${rounds:=7}" "${seconds:=20}"
    [ -z "$quick" ] || rounds=3 seconds=3
    describe_sampler
    say "pgbench -S, prepared, 2 clients, scale 10, $seconds s each; 5,000 entries in pg_stat_statements"
    start_database
    make_rows
    run_statements 5000
    pgbench -i -q -s 10 bench >run/pgbench.log 2>&1
    printf '' >run/overhead.tsv
    for ((pair = 1; pair <= rounds; pair++)); do
        for with in $((pair % 2)) $(((pair + 1) % 2)); do
            restart_with "$with"
            measure_pgbench "$with" "$pair" >>run/overhead.tsv
        done
    done
    node bench/pairs.mjs run/overhead.tsv
}

# restart_with 1|0: with the sampler or without.
restart_with() {
    if [ "$1" = 1 ]; then
        start_sampler bench
    else
        restart_server "shared_preload_libraries = 'pg_stat_statements'"
    fi
    pgbench -n -S -M prepared -c 2 -j 2 -T 3 bench >run/pgbench.log 2>&1 # caches
}

# measure_pgbench WITH PAIR: pair, with, transactions a second, CPU-microseconds of the
# server for a transaction, and the sampler's own share of them.
measure_pgbench() {
    local before after own=0
    before=$(server_cpu)
    [ "$1" = 0 ] || own=$(worker_cpu)
    pgbench -n -S -M prepared -c 2 -j 2 -T "$seconds" bench >run/pgbench.log 2>&1 ||
        { cat run/pgbench.log >&2; die "pgbench failed"; }
    sleep 0.2 # until its sessions have ended
    [ "$1" = 0 ] || own=$(($(worker_cpu) - own))
    after=$(server_cpu)
    awk -v with="$1" -v pair="$2" -v cpu=$(((after - before) * 10000)) -v own="$own" '
        /^number of transactions actually/ { done = $NF + 0 }
        /^tps/ { tps = $3 }
        END { printf "%s\t%s\t%s\t%.4f\t%.6f\n", pair, with, tps, cpu / done, own / cpu }' run/pgbench.log
}

# Hundredths of a second: of the postmaster, its children that ended, and those that live.
server_cpu() {
    local postmaster pid
    postmaster=$(head -1 <(as_server cat "$folder/data/postmaster.pid"))
    {
        cat "/proc/$postmaster/stat"
        for pid in $(<"/proc/$postmaster/task/$postmaster/children"); do
            cat "/proc/$pid/stat" 2>/dev/null || true # it may just have ended
        done
    } | sed 's/.*) //' | awk '{ sum += $12 + $13 + $14 + $15 } END { print sum }'
}

# --- The room that the history takes

# A minute of real load is sampled, and repeated for a day with other numbers: rows go to
# the tables as the sampler puts them there, and its own code rotates the rings, which packs
# them. The server has no worker, so that acu.rotate_history() rotates a ring when its time
# is over, which here is said to be so.
bench_history() {
    : "${seconds:=60}"
    [ -z "$quick" ] || seconds=10
    describe_sampler
    start_database
    make_rows
    distinct_statements 500 | sed 's/id = [0-9]*/id = :id/; 1i\\\\set id random(1, 10000)' >run/statements.sql
    say "A minute: 500 statements over and over by 2 clients, for $seconds s"
    psql -qXAt -c 'SELECT pg_stat_statements_reset()' -c 'SELECT acu.take_sample()' >/dev/null
    pgbench -n -c 2 -j 2 -T "$seconds" -f run/statements.sql bench >run/pgbench.log 2>&1 ||
        { cat run/pgbench.log >&2; die "pgbench failed"; }
    psql -qXAt -c 'SELECT acu.take_sample()' >/dev/null
    psql -qX -v ON_ERROR_STOP=1 -v seconds="$seconds" -f bench/history.sql
}

# --- Telling

describe_sampler() {
    describe_machine
    say "PostgreSQL $("$bindir/postgres" --version | sed 's/.*) //'), pg_acu $(sed -n "s/^default_version = '\(.*\)'/\1/p" pg_acu.control)$(git log -1 --format=' (commit %h)' 2>/dev/null || true)"
}
