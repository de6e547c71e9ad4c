#!/bin/sh
# test_diff.sh ASSAY EXAMPLES -- two batches compared, and references that were saved.
set -u

assay=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
examples=$(cd "$2" && pwd)
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
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
        head -c 600 out err
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

# --- diff ---
printf 'id,colour,size\n' >a.csv
printf 'id,colour,weight\n' >b.csv
i=0
while [ $i -lt 60 ]; do
    echo "$i,$([ $((i % 3)) = 0 ] && echo red || echo blue),1" >>a.csv
    echo "$((i + 1000)),$([ $((i % 3)) = 0 ] && echo red),2.5" >>b.csv
    i=$((i + 1))
done
run 0 diff a.csv b.csv
says "rows: 60 -> 60"
says "columns that are new: weight"
says "columns that are gone: size"
says "id      ks ks_d 1, MOVED"
says "nulls 0% -> 66.7%"
run 0 diff a.csv a.csv --output json --report same.html --report same.json
says '"moved": false'
hold "nothing has moved between a file and itself" sh -c '! grep -q "\"moved\": true" out'
hold "the page was written" grep -q '</html>' same.html
run 0 diff --skew "$examples/taxi.parquet" "$examples/taxi_damaged.csv" --test psi
says "serving against training"
says "psi"
run 2 diff a.csv
run 2 diff a.csv b.csv --test nonsense
says "must be one of"
run 3 diff a.csv missing.csv
printf 'a,b\n1\n' >ragged.csv
run 0 diff ragged.csv ragged.csv

# --- saved references: what a test against the data says, a test against the profile says ---
cat >suite.yaml <<'SUITE'
suite: drift
columns:
  trip_distance:
    - matches_distribution: {id: ks, reference: "{{ reference }}", test: ks, max_effect: 0.001}
    - matches_distribution: {id: w1, reference: "{{ reference }}", test: wasserstein, max_effect: 1}
  fare_amount: [matches_distribution: {reference: "{{ reference }}", test: cramer_von_mises}]
  payment_type: [matches_distribution: {reference: "{{ reference }}", test: psi}]
  vendor_id: [matches_distribution: {reference: "{{ reference }}", test: chi_square, max_effect: 0.01}]
  store_and_fwd_flag:
    - matches_distribution: {id: flags, reference: "{{ reference }}"}
    - matches_distribution: {id: lengths, reference: "{{ reference }}", by: length}
  pickup_datetime: [matches_distribution: {reference: "{{ reference }}", test: ks}]
SUITE
results() # FILE: the results without what names the reference
{
    sed -n '/"results": \[/,/^ \],/p' "$1" | sed 's/taxi\.[a-z]*/REFERENCE/g'
}
run 0 profile "$examples/taxi.parquet" -o taxi.profile
run 1 check suite.yaml "$examples/taxi_damaged.parquet" --var "reference=$examples/taxi.parquet" --report data.json
run 1 check suite.yaml "$examples/taxi_damaged.parquet" --var "reference=$dir/taxi.profile" --report profile.json
results data.json | sed "s|$examples|DIR|" >data.results
results profile.json | sed "s|$dir|DIR|" >profile.whole
hold "which reference it was stands there" grep -q '"age_days": 0' profile.whole
for side in data profile; do # but for that the same
    sed '/"reference": {/,/}/d; s/,$//' $side.$([ $side = data ] && echo results || echo whole) >$side.same
done
mv data.same data.results
mv profile.same profile.results
hold "the same figures from data and profile" cmp -s data.results profile.results
hold "there were figures" grep -q '"statistic"' data.results

# Whole numbers compared with fractions: the saved order is made the common one.
printf 'x\n' >ints.csv
printf 'x\n' >fractions.csv
i=0
while [ $i -lt 50 ]; do echo "$i" >>ints.csv; echo "$i.5" >>fractions.csv; i=$((i + 1)); done
run 0 profile ints.csv -o ints.profile
cat >x.yaml <<'SUITE'
suite: x
types: {x: double}
columns: {x: [matches_distribution: {reference: "{{ reference }}", test: ks}]}
SUITE
run 0 check x.yaml fractions.csv --var reference=ints.csv --output json
grep '"statistic"\|"moved_most"' out >from_data.raw
sed "s/,$//" from_data.raw >from_data
run 0 check x.yaml fractions.csv --var reference=ints.profile --output json
grep '"statistic"\|"moved_most"' out >from_profile.raw
sed "s/,$//" from_profile.raw >from_profile
hold "the same statistic whatever the order it was saved in" cmp -s from_data from_profile
hold "there was a statistic" grep -q '0.02' from_data

run 0 state x.yaml fractions.csv -o x.state --var reference=ints.csv
run 3 check x.yaml fractions.csv --var reference=x.state
says "not a reference"
# Of many values only knots are kept: what they leave open is read from the data, if it is what it was.
awk 'BEGIN { srand(1); print "x"; for (i = 0; i < 60000; i++) print rand() }' >many.csv
awk 'BEGIN { srand(2); print "x"; for (i = 0; i < 20000; i++) print rand() * 1.01 }' >batch.csv
run 0 profile many.csv -o many.profile
hold "a reference is small" [ "$(wc -c <many.profile)" -lt 330000 ]
echo 'columns: {x: [matches_distribution: {reference: many.csv, max_effect: 1}]}' >exact.yaml
run 0 check exact.yaml batch.csv --output json
exact=$(sed -n 's/.*"statistic": \([0-9.e-]*\),*/\1/p' out)
cat >knots.yaml <<SUITE
columns:
  x:
    - matches_distribution: {id: loose, reference: many.profile, max_effect: 0.5, max_age: 30d}
    - matches_distribution: {id: failing, reference: many.profile, max_effect: 0.0001}
    - matches_distribution: {id: open, reference: many.profile, max_effect: $exact}
    - matches_distribution: {id: shares, reference: many.profile, test: psi}
    - matches_distribution: {id: mw, reference: many.profile, test: mann_whitney}
SUITE
status() { # ID: its status in `out`
    sed -n '/"id": "'"$1"'"/,/"status"/s/.*"status": "\([a-z_]*\)".*/\1/p' out
}
run 1 check knots.yaml batch.csv --output json
hold "bounds decide" [ "$(status loose) $(status failing)" = "pass fail" ]
says '"statistic_bounds"'
hold "the data decides, exactly" [ "$(status open) $(status mw)" = "pass pass" ]
hold "the exact figure" grep -q "\"statistic\": $exact" out
mkdir -p elsewhere/sub
mv many.csv elsewhere
run 1 check knots.yaml batch.csv --output json
hold "without data bounds still decide" [ "$(status loose) $(status failing) $(status shares)" = "pass fail pass" ]
hold "what they leave open is never a pass" [ "$(status open) $(status mw)" = "not_evaluated pass" ]
says "many.csv: no such file or directory"
says "make the reference again"
sed 's/many.profile/elsewhere\/many.profile/' knots.yaml >moved.yaml
cp many.profile elsewhere
run 1 check moved.yaml batch.csv --output json
hold "data is looked for beside the reference" [ "$(status open) $(status mw)" = "pass pass" ]
sed '2s/.*/7/' elsewhere/many.csv >many.csv
run 1 check knots.yaml batch.csv --output json
hold "other data is not taken for it" [ "$(status open) $(status mw)" = "not_evaluated pass" ]
says "the file is not what it was when the reference was made"

# Every test of order: far from its threshold the knots decide, at the threshold the data does, and says what it says without a profile. welch_t is
# exact either way.
cp elsewhere/many.csv many.csv
tests="cramer_von_mises anderson_darling mann_whitney welch_t levene wasserstein wasserstein_normed"
bounds_suite() # REFERENCE: three checks a test; *_at has the exact effect size as its limit
{
    echo 'columns:'
    echo '  x:'
    for t in $tests; do
        eval at=\${at_$t:-0.5}
        echo "    - matches_distribution: {id: ${t}_loose, reference: $1, test: $t, max_effect: 0.9}"
        echo "    - matches_distribution: {id: ${t}_tight, reference: $1, test: $t, max_effect: 0.00001}"
        echo "    - matches_distribution: {id: ${t}_at, reference: $1, test: $t, max_effect: $at}"
    done
}
figures() # of the checks *_at: effect sizes, p-values
{
    sed -n '/"id": "[a-z_]*_at"/,/"distribution"/s/.*"\(value\|statistic\|p_value\)": \([0-9.e-]*\),*/\1 \2/p' out
}
bounds_suite many.csv >all.yaml
run 1 check all.yaml batch.csv --output json
for t in $tests; do
    eval "at_$t=$(sed -n '/"id": "'"$t"'_at"/,/"distribution"/s/.*"value": \([0-9.e-]*\),*/\1/p' out)"
done
bounds_suite many.csv >all.yaml
run 1 check all.yaml batch.csv --output json
figures >data.figures
bounds_suite many.profile >all.yaml
run 1 check all.yaml batch.csv --output json
figures >profile.figures
hold "the data gives the same figures, asked again or not" cmp -s data.figures profile.figures
hold "of every test" [ "$(grep -c value profile.figures)" -ge 12 ]
for t in $tests; do
    hold "$t: knots decide what is far off, the data what is near: $(status ${t}_loose) $(status ${t}_tight) $(status ${t}_at)" \
        [ "$(status ${t}_loose) $(status ${t}_tight) $(status ${t}_at)" = "pass fail pass" ]
done
rm many.csv
run 1 check all.yaml batch.csv --output json
for t in $tests; do
    at=$([ $t = welch_t ] && echo pass || echo not_evaluated)
    hold "$t without data: $(status ${t}_loose) $(status ${t}_tight) $(status ${t}_at)" [ "$(status ${t}_loose) $(status ${t}_tight) $(status ${t}_at)" = "pass fail $at" ]
done
says "the normed Wasserstein distance is between"
says '"effect_size_bounds"'
run 1 check all.yaml batch.csv
says "its data cannot be read again"

# --- no_skew: by what of the batch it is judged makes no difference ---
cat >skew.yaml <<SUITE
suite: skew
table: [no_skew: {reference: $examples/taxi.parquet, exclude: [pickup_datetime, dropoff_datetime], max_effect: 0.05}]
SUITE
verdict() { sed -n 's/.*"verdict_digest": "\(.*\)".*/\1/p' out; }
run 1 check skew.yaml "$examples/taxi_damaged.parquet" --output json
says "skewed, most"
whole=$(verdict)
run 1 check skew.yaml "$examples/taxi_damaged.parquet" --report html:skew.html --quiet
hold "the page has no table of the columns compared" grep -q 'aria-label="Columns compared"' skew.html
run 1 check skew.yaml "$examples/taxi_damaged.parquet" --verdict-only
says "skewed, most"
run 0 state skew.yaml "$examples/taxi_damaged.parquet" -o skew.state
run 1 merge skew.yaml skew.state --output json
hold "states give the same" [ "$(verdict)" = "$whole" ]
run 0 check skew.yaml "$examples/taxi.parquet" --verdict-only
run 0 profile "$examples/taxi.parquet" -o taxi.profile
sed "s|$examples/taxi.parquet|taxi.profile|" skew.yaml >saved.yaml
run 1 check saved.yaml "$examples/taxi_damaged.parquet" --output json
says '"age_days"'
run 0 check saved.yaml "$examples/taxi.parquet"

# An old reference warns, where that is asked for; it does not make a failure of a pass.
echo 'columns: {x: [matches_distribution: {reference: many.profile, max_age: 30d}]}' >age.yaml
run 0 check age.yaml batch.csv
run 0 check age.yaml batch.csv --now 2126-01-01T00:00:00Z
says "FAIL warning"
says "max_age is 30d"
run 1 check age.yaml batch.csv --now 2126-01-01T00:00:00Z --fail-on warning
echo 'columns: {x: [matches_distribution: {distribution: {normal: {mean: 0, stdev: 1}}, max_age: 30d}]}' >age.yaml
run 2 check age.yaml batch.csv
says "max_age is about the reference"
echo 'columns: {x: [matches_distribution: {reference: many.profile, max_age: -1d}]}' >age.yaml
run 2 check age.yaml batch.csv
says "max_age is below zero"

run 3 merge x.yaml ints.profile --var reference=ints.csv
says "it is a saved reference"
head -c 900 ints.profile >cut.profile
run 3 check x.yaml fractions.csv --var reference=cut.profile
says "damaged"
run 3 diff ints.profile fractions.csv
says "no data, but what assay saved of some"
run 3 profile x.state
says "no data, but what assay saved of some"
run 4 profile ints.csv -o nowhere/x.profile

echo "diff: $passed passed, $failed failed"
[ "$failed" = 0 ]
