# Turns the lists of this folder into INSERTs. An unknown word in them is an error.
#
#   awk -f data/prices.awk data/instance_classes.csv data/prices.csv data/prices_other.csv

BEGIN {
    FS = ","
    platforms["Aurora"] = "aurora"
    platforms["RDS"] = "rds"
    pricings["OnDemand"] = "on_demand"
    pricings["RI"] = "reserved_1y"
    deployments["Single-AZ"] = "single_az"
    deployments["Multi-AZ"] = "multi_az"
    deployments["Multi-AZ (readable standbys)"] = "multi_az_readable"
    others["Aurora Standard storage"] = "storage"
    others["Aurora Standard I/O"] = "io"
    optimized["Aurora I/O-Optimized storage"] = "storage"
    optimized["Aurora I/O-Optimized I/O"] = "io"
}

FNR == 1 {
    file = FILENAME
    sub(/.*\//, "", file)
    next
}

file == "instance_classes.csv" {
    check(NF == 3)
    # Capacity has no size of its own.
    if ($1 != "db.serverless")
        classes[++class_count] = quoted($1) ", " number($2) ", " number($3)
}

file == "prices.csv" {
    check(NF == 9 && $1 in platforms && $2 in pricings && $3 in deployments)
    key = quoted(platforms[$1]) ", " quoted(pricings[$2]) ", " quoted(deployments[$3]) \
        ", " quoted($4) ", " quoted($5)
    # Nine classes are in the list of ap-east-2 twice. The higher price is that
    # which their sizes have in common.
    if (key in usd && usd[key] + 0 >= $6 + 0)
        next
    if (!(key in usd))
        keys[++price_count] = key
    usd[key] = number($6)
    io_optimized[key] = $7 == "" || $7 == "N/A" ? "NULL" : number($7)
}

# The other lines of this file are no prices of a region, or not sure enough.
file == "prices_other.csv" && $1 in others {
    check(NF == 6 && $4 == "us-east-1")
    other_usd[others[$1]] = number($3)
}
file == "prices_other.csv" && $1 in optimized {
    check(NF == 6 && ($4 == "us-east-1" || $4 == "all"))
    other_optimized[optimized[$1]] = number($3)
}

END {
    if (failed)
        exit 1
    insert("acu.instance_class", "instance_class, vcpu, memory_gib, builtin")
    for (i = 1; i <= class_count; i++)
        row(classes[i] ", true", i == class_count)

    columns = "platform, pricing, deployment, item, region, usd, usd_io_optimized," \
        " source, as_of, builtin"
    insert("acu.price", columns)
    for (i = 1; i <= price_count; i++)
        row(keys[i] ", " usd[keys[i]] ", " io_optimized[keys[i]] \
            ", 'aws-samples/sample-aurora-serverless-migration-assessment-tool'" \
            ", '2025-07-14', true", i == price_count)
    insert("acu.price", columns)
    row(other("storage"), 0)
    row(other("io"), 1)
}

function other(item) {
    return "'aurora', 'on_demand', 'single_az', " quoted(item) ", 'us-east-1', " \
        other_usd[item] ", " other_optimized[item] \
        ", 'aws/agent-toolkit-for-aws', '2026-03-28', true"
}

function insert(table, columns) {
    print "INSERT INTO " table " (" columns ") VALUES"
}

function row(values, is_last) {
    print "    (" values (is_last ? ");" : "),")
}

function quoted(word) {
    check(word ~ /^[a-z0-9._-]+$/)
    return "'" word "'"
}

function number(text) {
    check(text ~ /^[0-9]+(\.[0-9]+)?$/)
    return text
}

function check(is_right) {
    if (!is_right) {
        print FILENAME ":" FNR ": cannot read: " $0 > "/dev/stderr"
        failed = 1
        exit 1
    }
}
