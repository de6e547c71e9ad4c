#!/bin/sh
# demo.sh ASSAY OUT -- judges a good and a damaged month of taxi rides, as CSV and as Parquet; `make demo` runs it.
#
# Succeeds when the exit codes are what a pipeline would have to see: 0 for the good table, 1 for the damaged one.
set -u

assay=$1 out=$2
mkdir -p "$out"
failed=0

judge() # TABLE EXIT
{
    name=$(echo "$1" | tr . _)
    echo
    echo "\$ assay check examples/taxi.yaml examples/$1 --now 2019-02-01T00:00:00Z"
    "$assay" check examples/taxi.yaml "examples/$1" --now 2019-02-01T00:00:00Z --no-progress --quiet --samples 5 \
        --report "$out/$name.json" --report "$out/$name.html" --report "$out/$name.junit.xml"
    code=$?
    echo "exit code $code: $(test $code = 0 && echo 'the pipeline goes on' || echo 'the pipeline halts')"
    [ "$code" = "$2" ] || failed=$((failed + 1))
}

judge taxi.csv 0
judge taxi.parquet 0
judge taxi_damaged.csv 1
judge taxi_damaged.parquet 1

echo
echo "reports:"
ls "$out"/*.json "$out"/*.html "$out"/*.xml
digest() { sed -n 's/.*"verdict_digest": *"\([^"]*\)".*/\1/p' "$out/$1.json"; }
for table in taxi taxi_damaged; do
    csv=$(digest ${table}_csv) parquet=$(digest ${table}_parquet)
    if [ -n "$csv" ] && [ "$csv" = "$parquet" ]; then
        echo "$table: CSV and Parquet give the same verdict, $csv"
    else
        echo "$table: CSV and Parquet differ: ${csv:-no digest} and ${parquet:-no digest}"
        failed=$((failed + 1))
    fi
done
[ "$failed" = 0 ] && echo "demo: as expected: 0 for the good table, 1 for the damaged one" && exit 0
echo "demo: $failed things were not as expected"
exit 1
