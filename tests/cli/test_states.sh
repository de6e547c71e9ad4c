#!/bin/sh
# test_states.sh ASSAY EXAMPLES -- parts of a batch, counted apart and judged together: the same verdict as in one run.
set -u

assay=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
examples=$(cd "$2" && pwd)
dir=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$dir" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir" || exit 2
passed=0 failed=0

hold() # WHAT CONDITION...: a command that must succeed
{
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $what"
        head -c 600 err
    fi
}

run() # CODE WORDS...: runs assay, remembers out and err
{
    code=$1
    shift
    timeout 60 "$assay" "$@" >out 2>err </dev/null
    got=$?
    hold "assay $*: exit code $got, wanted $code" [ "$got" = "$code" ]
}

says() # TEXT: the last run said so
{
    hold "nobody said \"$1\"" grep -qF -- "$1" out err
}

digest() # FILE: of a report
{
    sed -n 's/.*"verdict_digest": "\(sha256:[0-9a-f]*\)".*/\1/p' "$1"
}

same_digest() # WHAT A B
{
    hold "$1: another verdict digest" [ -n "$(digest "$2")" ] && hold "$1: another verdict digest" [ "$(digest "$2")" = "$(digest "$3")" ]
}

# --- real data, in five parts of any size ---
cat >suite.yaml <<'SUITE'
suite: trips
types: {trip_distance: double, fare_amount: double, payment_type: int64, pickup_location_id: int64}
table:
  - row_count: {min: 1}
  - unique_together: [pickup_location_id, fare_amount, trip_distance]
columns:
  trip_distance: [not_null, mean: {max: 2}, stdev: {max: 1}, quantiles: {0.9: {max: 1}}, max: {max: 1}]
  fare_amount: [between: {min: 5, max: 30}, median: {max: 3}]
  payment_type: [in_set: [1, 2], unique, distinct_count: {max: 2}]
SUITE
header=$(head -1 "$examples/taxi.csv" | tr 'A-Z' 'a-z')
tail -n +2 "$examples/taxi.csv" >rows
split_at() # LINES...: cuts rows after these lines into part1.csv ...
{
    rm -f part*.csv
    from=1 number=1
    for to in "$@" '$'; do
        { echo "$header"; sed -n "${from},${to}p" rows; } >"part$number.csv"
        [ "$to" = '$' ] || from=$((to + 1))
        number=$((number + 1))
    done
}
split_at 1 700 701 6000
run 1 check suite.yaml part*.csv --report one.json
for n in 1 2 3 4 5; do
    run 0 state suite.yaml part$n.csv -o $n.state
done
says "5.state: "
run 1 merge suite.yaml 4.state 2.state 5.state 1.state 3.state --report merged.json -o all.state
same_digest "five states, merged out of order" one.json merged.json
run 1 merge suite.yaml 3.state 1.state --out a.state --quiet
run 1 merge suite.yaml 5.state 2.state --out b.state --quiet
run 1 merge suite.yaml b.state 4.state a.state --out grouped.state --report grouped.json
same_digest "merged in groups" one.json grouped.json
hold "states merged in another order have the same bytes" cmp -s all.state grouped.state
run 1 merge suite.yaml 1.state 2.state 3.state 4.state -o four.state --quiet
run 1 check suite.yaml part5.csv --baseline four.state --report baseline.json
same_digest "a new part beside a baseline" one.json baseline.json
run 2 state suite.yaml part1.csv
says "-o FILE"

# --- what must not look like a verdict ---
run 3 merge suite.yaml 1.state 1.state
says "its rows would count twice"
run 3 check suite.yaml part5.csv --baseline 5.state
says "its rows would count twice"
sed 's/max: 30/max: 31/' suite.yaml >other.yaml
run 3 merge other.yaml 1.state 2.state
says "a state of another suite"
run 3 merge suite.yaml part1.csv
says "not a file of saved states"
run 3 merge suite.yaml missing.state
head -c 2000 1.state >cut.state
run 3 merge suite.yaml cut.state 2.state
says "damaged"
{ head -c 3000 1.state; printf 'x'; tail -c +3002 1.state; } >flipped.state
run 3 merge suite.yaml flipped.state
says "checksum"
run 2 merge suite.yaml
run 2 merge
run 3 state suite.yaml nothing.csv -o no.state
hold "nothing is written of a batch that is not there" [ ! -e no.state ]
run 4 state suite.yaml part1.csv -o nowhere/x.state
run 2 check suite.yaml part5.csv --baseline 1.state --failed-rows f.csv
says "hold none"
sed '/^types/d' suite.yaml >untyped.yaml
run 2 state untyped.yaml part1.csv -o no.state
says "need declared types"
run 3 state suite.yaml nothing.csv -o no.state

# --- data that is not there any more: what the states decide is judged, the rest is not evaluated ---
mkdir away && mv part*.csv away
run 1 merge suite.yaml 1.state 2.state 3.state 4.state 5.state --output json
says "cannot be looked at again"
says '"status": "fail"'
cat >small.yaml <<'SUITE'
suite: small
types: {payment_type: int64}
columns: {payment_type: [unique]}
SUITE
printf 'payment_type\n1\n2\n' >s1.csv
printf 'payment_type\n3\n2\n' >s2.csv
run 0 state small.yaml s1.csv -o s1.state
run 0 state small.yaml s2.csv -o s2.state
mv s1.csv away
run 3 merge small.yaml s1.state s2.state
says "cannot be looked at again"
mv away/s1.csv .
run 1 merge small.yaml s1.state s2.state
says "2 of 4"
printf 'payment_type\n7\n8\n' >s1.csv
run 3 merge small.yaml s1.state s2.state
says "not what it was"

# --- nothing to judge ---
printf 'payment_type\n' >empty.csv
run 0 state small.yaml empty.csv -o empty.state
run 1 merge small.yaml empty.state
says "no rows"
run 0 merge small.yaml empty.state s2.state --output json
says '"rows": 2'
: >blank.csv
run 0 state small.yaml blank.csv -o blank.state
run 0 merge small.yaml blank.state s2.state --output json
says '"rows": 2'

echo "states: $passed passed, $failed failed"
[ "$failed" = 0 ]
