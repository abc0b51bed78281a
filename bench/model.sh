# shellcheck shell=bash
# The time that the model takes. Sourced by dev/bench.

# Measures the scaler alone, by samples and by ranges; then, for up to a year of minutes,
# acu.options() as a user calls it, with prices, instances and all three sets of constants,
# and acu.advise(), which searches for the factors at which its answer changes.
bench_model() {
    : "${rounds:=5}"
    [ -z "$quick" ] || rounds=1
    say "$(describe_machine)"
    make -s build/bench/ranges
    build/bench/ranges
    start_database
    say "acu.options() and acu.advise(), CPU-seconds; medians of $rounds"
    printf '  %8s %8s %8s %8s %8s\n' samples rows ranges options advise
    local load
    # A larger load has more ranges worth trying.
    for load in 1 2; do
        make_year "$load"
        time_answers 131400
        time_answers 262800
        time_answers 525600
    done
}

# make_year FACTOR: imports minutes with a day's rhythm and noise, up to FACTOR * 2.3 vCPU.
make_year() {
    psql -qX -v ON_ERROR_STOP=1 <<END_OF_SQL
        DELETE FROM acu.target WHERE name = 'year';
        DELETE FROM ONLY acu.sample;
        \\o /dev/null
        SELECT setseed(0.5);
        SELECT acu.import_series('year', array_agg('2025-01-01'::timestamptz + n * interval '1 minute'),
                                 array_agg($1 * (1 + 0.8 * sin(n * 2 * pi() / 1440) + 0.5 * random())),
                                 array_agg(2e9), array_agg(20))
        FROM generate_series(1, 525600) AS n;
        ANALYZE acu.sample;
END_OF_SQL
}

# time_answers SAMPLES: prints the times for the first ones of the year.
time_answers() {
    local until counts
    until=$(psql -qXAt -c "SELECT '2025-01-01'::timestamptz + $1 * interval '1 minute'")
    counts=$(psql -qXAt -F' ' -c "SELECT count(*), count(*) FILTER (WHERE kind = 'serverless')
                                  FROM acu.options('year', until => '$until')")
    # shellcheck disable=SC2086 # two numbers
    printf '  %8s %8s %8s %8s %8s\n' "$1" $counts \
        "$(seconds_of "acu.options('year', until => '$until')")" \
        "$(seconds_of "acu.advise('year', until => '$until')")"
}

# seconds_of CALL: prints the median of $rounds runs, in CPU-seconds of the backend.
seconds_of() {
    local round ticks="SELECT split_part(stat, ' ', 14)::int + split_part(stat, ' ', 15)::int
                       FROM pg_read_file('/proc/self/stat') AS stat"
    for ((round = 0; round < rounds; round++)); do
        psql -qXAt -c "$ticks" -c '\o /dev/null' -c "SELECT * FROM $1" -c '\o' -c "$ticks" |
            awk -v hertz="$(getconf CLK_TCK)" 'NR == 1 { before = $1 } END { print ($1 - before) / hertz }'
    done | sort -n | awk '{ s[NR] = $1 } END { printf "%.2f", s[int((NR + 1) / 2)] }'
}
