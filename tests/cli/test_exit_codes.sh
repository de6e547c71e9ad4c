#!/bin/sh
# test_exit_codes.sh ASSAY -- the exit code of every situation in which a gate could pass silently, by name.
#
#   0 holds   1 the data is bad   2 usage or suite   3 could not be judged   4 assay itself failed
set -u

assay=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
dir=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$dir" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir" || exit 2
passed=0 failed=0

judged() # CODE SITUATION GOT
{
    if [ "$3" = "$1" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $2: exit code $3, wanted $1"
        head -c 600 out
        head -c 600 err
    fi
}

expect() # CODE SITUATION WORDS...: runs assay with the words
{
    code=$1 situation=$2
    shift 2
    timeout 60 "$assay" "$@" >out 2>err </dev/null
    judged "$code" "$situation" $?
}

says() # SITUATION TEXT: the last run said so on standard error or in its report
{
    if cat err out | grep -qF -- "$2"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1: nobody said \"$2\""
        head -c 600 err
    fi
}

# --- what is judged ---
cat >suite.yaml <<'SUITE'
suite: exit_codes
columns:
  x: [not_null, between: {min: 0, max: 100}]
SUITE
printf 'n,x\n1,10\n2,20\n' >good.csv
printf 'n,x\n1,10\n2,200\n' >bad.csv
printf 'n,x\n' >no_rows.csv
: >zero_bytes.csv
printf 'n,y\n1,10\n' >other_columns.csv
printf 'n,x\n1,10\n2\n3,30\n' >ragged.csv
printf 'n,x\n1,10\n2,"20\n' >cut.csv
printf '{"x": 1}\n{"x"' >cut.jsonl
printf 'PAR1 but nothing else' >not_really.parquet
printf 'PAR1' >only_magic.parquet
mkdir -p empty_directory only_markers parts && touch only_markers/_SUCCESS only_markers/.hidden
cp good.csv parts/1.csv && cp bad.csv parts/2.csv && cp ragged.csv damaged_part.csv

# --- 0 and 1: judged ---
expect 0 'good data' check suite.yaml good.csv
expect 1 'bad data' check suite.yaml bad.csv
expect 1 'bad data in one of two files' check suite.yaml good.csv bad.csv
expect 1 'bad data in one file of a directory' check suite.yaml parts
expect 0 'bad data, but nothing counts' check suite.yaml bad.csv --fail-on never
expect 0 'bad data below --fail-on' check suite.yaml bad.csv --fail-on critical
expect 0 'every value decoded' check suite.yaml good.csv --evidence values
expect 2 'no such evidence' check suite.yaml good.csv --evidence guesses
expect 1 'no rows' check suite.yaml no_rows.csv
expect 0 'no rows, which is allowed' check suite.yaml no_rows.csv --allow-empty
expect 1 'a file of zero bytes' check suite.yaml zero_bytes.csv
expect 1 'no such column' check suite.yaml other_columns.csv
expect 1 'standard input without a byte' check suite.yaml -
cat >where.yaml <<'SUITE'
suite: where
where: n > 100
columns:
  x: [not_null]
SUITE
expect 1 'a where that leaves no row' check where.yaml good.csv
expect 1 'a --where that leaves no row' check suite.yaml good.csv --where 'n > 100'

# --- 2: usage and suite ---
expect 2 'no command'
expect 2 'unknown command' chek suite.yaml good.csv
expect 2 'no batch' check suite.yaml
expect 2 'no suite' check
expect 2 'unknown option' check suite.yaml good.csv --no-such-option
expect 2 'an option without its value' check suite.yaml good.csv --report
expect 2 'a value that an option does not know' check suite.yaml good.csv --fail-on sometimes
expect 2 'a word that is both true and false' check suite.yaml good.csv --true x --false X
says 'a word that is both true and false' "'x' cannot be both true and false"
expect 2 'an escape that is the delimiter' check suite.yaml good.csv --delimiter , --escape ,
expect 2 'a report of unknown suffix' check suite.yaml good.csv --report report.docx
expect 2 'a suite that is not there' check missing.yaml good.csv
expect 2 'a suite that is a directory' check parts good.csv
printf 'suite: empty\n' >empty.yaml
expect 2 'a suite without an expectation' check empty.yaml good.csv
: >zero.yaml
expect 2 'a suite of zero bytes' check zero.yaml good.csv
printf 'suite: s\ncolumns: {x: [not_null: {active: false}]}\n' >inactive.yaml
expect 2 'a suite in which nothing is active' check inactive.yaml good.csv
printf 'suite: s\ncolumns: {x: [not_nul]}\n' >typo.yaml
expect 2 'an expectation that does not exist' check typo.yaml good.csv
says 'an expectation that does not exist' 'not_null'
printf 'suite: s\ncolumns: [\n' >syntax.yaml
expect 2 'a suite that is no YAML' check syntax.yaml good.csv
printf 'suite: s\ncolumns: {x: [between: {min: "{{ low }}"}]}\n' >variable.yaml
expect 2 'a variable that is not set' check variable.yaml good.csv
expect 2 'nothing selected' check suite.yaml good.csv --select id:none
expect 2 'a --where that does not parse' check suite.yaml good.csv --where 'n >'
expect 2 'suite and batch the wrong way round' check good.csv suite.yaml

# --- 3: could not be judged ---
expect 3 'a file that is not there' check suite.yaml missing.csv
says 'a file that is not there' missing.csv
expect 3 'one of two files is not there' check suite.yaml good.csv missing.csv
expect 3 'a glob without a match' check suite.yaml 'no*thing.csv'
expect 3 'a directory without data' check suite.yaml empty_directory
expect 3 'a directory of markers and hidden files' check suite.yaml only_markers
expect 3 'a partition that matches nothing' check suite.yaml parts --partition dt=2024-12-10
expect 3 'a required _SUCCESS that is not there' check suite.yaml parts --require _SUCCESS
expect 3 'a ragged row' check suite.yaml ragged.csv
expect 3 'a damaged file wins over bad data' check suite.yaml bad.csv damaged_part.csv
expect 3 'a CSV that is cut in the middle' check suite.yaml cut.csv
expect 3 'JSON lines that are cut in the middle' check suite.yaml cut.jsonl
expect 3 'a Parquet file that is none' check suite.yaml not_really.parquet --format parquet
expect 3 'a Parquet file of four bytes' check suite.yaml only_magic.parquet
head -c 100000 "$OLDPWD/examples/taxi.parquet" >truncated.parquet
expect 3 'a truncated Parquet file' check suite.yaml truncated.parquet
mkfifo fifo
expect 3 'a FIFO' check suite.yaml fifo
expect 3 'a device' check suite.yaml /dev/zero
printf 'n,x\n1,10\n' | gzip -c | head -c 20 >cut.csv.gz
expect 3 'a gzip file that is cut' check suite.yaml cut.csv.gz
expect 3 'out of time' check suite.yaml "$OLDPWD/examples/taxi.csv" --timeout 0.000001s
if [ "$(id -u)" != 0 ]; then
    cp good.csv unreadable.csv && chmod 000 unreadable.csv
    expect 3 'a file that may not be read' check suite.yaml unreadable.csv
fi
expect 3 'profile of a file that is not there' profile missing.csv
expect 3 'profile of a truncated Parquet file' profile truncated.parquet
expect 0 'profile of a damaged CSV' profile ragged.csv

# --- 4: assay itself ---
expect 4 'a report in a folder that is not there' check suite.yaml good.csv --report nowhere/report.json
expect 4 'a report that cannot be written wins over bad data' check suite.yaml bad.csv --report nowhere/report.json
expect 4 'failed rows in a folder that is not there' check suite.yaml bad.csv --failed-rows nowhere/rows.csv
timeout 60 "$assay" check suite.yaml good.csv >/dev/full 2>err
judged 4 'standard output on a full disk' $?
timeout 60 "$assay" check suite.yaml bad.csv --output json >/dev/full 2>err
judged 4 'standard output on a full disk, bad data' $?
timeout 60 "$assay" check suite.yaml good.csv >&- 2>err
judged 4 'standard output is closed' $?
# The reader of the pipe is gone before the verdict is written: the gate may not say 0.
code=$( { { timeout 60 "$assay" check suite.yaml - 2>err; echo $? >&3; } | true; } 3>&1 <<'DATA'
n,x
1,10
DATA
)
case $code in
0 | 4 | 141) judged "$code" 'the reader of standard output is gone' "$code" ;; # 0: everything was written before it left
*) judged 4 'the reader of standard output is gone' "$code" ;;
esac
for n in 1 2 3 5 8 13 21 34 55 89 144; do
    ASSAY_FAIL_ALLOC=$n timeout 60 "$assay" check suite.yaml good.csv >out 2>err
    code=$?
    [ "$code" = 0 ] && ! grep -q PASS out && code='0 without a verdict'
    case $code in
    0) judged 0 "allocation $n fails" 0 ;; # there was no such allocation, or it could be done without
    *) judged 4 "allocation $n fails" "$code" ;;
    esac
done
ASSAY_FAIL_WRITE=1 timeout 60 "$assay" check suite.yaml good.csv --report report.json >out 2>err
judged 4 'the first write fails' $?
ASSAY_FAIL_READ=1 timeout 60 "$assay" check suite.yaml good.csv >out 2>err
judged 3 'the first read fails' $?

# --- signals ---
for signal in TERM HUP; do
    # Standard input that never ends keeps it waiting until the signal comes.
    mkfifo "wait$signal"
    sleep 30 >"wait$signal" &
    writer=$!
    # With its default action: under nohup, which ignores SIGHUP for all below it, assay keeps that, and the test would wait for nothing.
    env --default-signal="$signal" "$assay" check suite.yaml - <"wait$signal" >out 2>err &
    waiting=$!
    sleep 0.3
    kill -"$signal" "$waiting"
    wait "$waiting" 2>/dev/null
    code=$?
    kill "$writer" 2>/dev/null
    [ "$code" -gt 128 ] && code=signal
    judged signal "ended by a signal ($signal)" "$code"
done
"$assay" check suite.yaml "$OLDPWD/examples/taxi.csv" --report killed.json >out 2>err &
waiting=$!
kill -KILL "$waiting"
wait "$waiting" 2>/dev/null
judged 137 'killed' $?
[ ! -e killed.json ]
judged 0 'nothing of a report is left of a run that was killed' $?

# --- what is read is not written: --failed-rows orders.csv left a header where the orders had been ---
mkdir -p day && cp good.csv day/a.csv && cp good.csv day/b.csv && ln -s a.csv day/link && cp good.csv kept.csv
cp suite.yaml suite.csv
for words in "--failed-rows good.csv" "--passed-rows ./good.csv" "--report json:good.csv"; do
    expect 2 "the batch itself as output: $words" check suite.yaml good.csv $words
    says "the batch itself as output" "would overwrite what is read"
done
for words in "--failed-rows day/b.csv" "--passed-rows day/b.csv" "--report json:day/b.csv" "--failed-rows day/../day/b.csv"; do
    expect 2 "a file of the batch's directory as output: $words" check suite.yaml day $words
    says "a file of the batch's directory as output" "day/b.csv would be overwritten"
    expect 2 "a file of a glob as output: $words" check suite.yaml 'day/*.csv' $words
done
expect 2 'the suite as output' check suite.csv good.csv --failed-rows suite.csv
expect 2 'a profile over its data' profile good.csv -o good.csv
expect 2 'a profile over its data, by another name' profile day/a.csv -o day/link
expect 2 'a state over its suite' state suite.yaml good.csv -o suite.yaml
cmp -s good.csv kept.csv && cmp -s day/a.csv kept.csv && cmp -s day/b.csv kept.csv && cmp -s suite.yaml suite.csv
judged 0 'nothing that was read has changed' $?
expect 0 'a new file beside the batch' check suite.yaml day --failed-rows day.csv
expect 4 'rows to a directory that is not there' check suite.yaml good.csv --failed-rows missing/rows.csv

# --- places that would be missed only later ---
expect 2 'a marker without a name' check suite.yaml good.csv --require ''
expect 2 'temporary files where no directory is' check suite.yaml good.csv --tmp missing
expect 2 'temporary files in a file' profile good.csv --tmp good.csv

# --- other commands ---
expect 0 'help' help
expect 0 'list' list
expect 0 'explain' explain between
expect 2 'explain what does not exist' explain betwen
expect 0 'schema' schema
expect 0 'limits' limits
expect 0 'probe' probe --threads 1 --output json
says 'probe' '"name": "zstd"'
expect 2 'probe of what is no number of threads' probe --threads no
expect 3 'probe of a file that is not there' probe missing.bin
expect 0 'version' --version

echo "exit codes: $passed passed, $failed failed"
[ "$failed" = 0 ]
