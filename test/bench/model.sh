# shellcheck shell=bash
# How long the model takes. Sourced by dev/bench.

# The scaler alone, by samples and by ranges; then acu.options() as a user calls it, with
# prices, instances and all three sets of constants, for a year of minutes.
bench_model() {
    : "${rounds:=5}"
    [ -z "$quick" ] || rounds=1
    say "$(describe_machine)"
    make -s build/bench/ranges
    build/bench/ranges
    start_database
    say "acu.options(), seconds by the clock; median of $rounds"
    printf '  %8s %8s %8s   %s\n' samples options ranges seconds
    local load
    # A larger load has more ranges worth trying.
    for load in 1 2; do
        make_year "$load"
        time_options 131400
        time_options 262800
        time_options 525600
    done
}

# make_year FACTOR: minutes with a day's rhythm and noise, up to FACTOR * 2.3 vCPU.
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

# time_options SAMPLES
time_options() {
    local round until times=() counts
    until=$(psql -qXAt -c "SELECT '2025-01-01'::timestamptz + $1 * interval '1 minute'")
    for ((round = 0; round < rounds; round++)); do
        times+=("$(psql -qX -c '\timing on' -c '\o /dev/null' \
            -c "SELECT * FROM acu.options('year', until => '$until')" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')")
    done
    counts=$(psql -qXAt -F' ' -c "SELECT count(*), count(*) FILTER (WHERE kind = 'serverless')
                                  FROM acu.options('year', until => '$until')")
    # shellcheck disable=SC2086 # two numbers
    printf '  %8s %8s %8s   %.2f\n' "$1" $counts \
        "$(printf '%s\n' "${times[@]}" | sort -n | awk '{ s[NR] = $1 } END { print s[int((NR + 1) / 2)] / 1000 }')"
}
