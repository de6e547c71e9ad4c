#!/bin/sh
# fuzz_run.sh DIR CORPORA SECONDS TARGET... -- libFuzzer on each target, from its seeds and the shared hostile files.
#
# FUZZ_FLAGS are passed on; -seed=1 -runs=N makes a run that repeats, as a gate of changes must: the search itself is for
# longer runs by hand. What it learns stays in DIR/corpus/TARGET, what breaks in DIR/TARGET-crash-*.
set -u

dir=$1 corpora=$2 seconds=$3
shift 3

search() # TARGET
{
    target=$1 grown=$dir/corpus/$1 seeds=
    mkdir -p "$grown"
    for folder in "fuzz/seeds/${target#fuzz_}" "fuzz/seeds/$target" "$corpora"/fuzz/* "$corpora"/hostile/*; do
        [ -d "$folder" ] && seeds="$seeds $folder"
    done
    # shellcheck disable=SC2086 # one word per folder
    "$dir/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
        ${FUZZ_FLAGS:-} -artifact_prefix="$dir/$target-" "$grown" $seeds >"$dir/$target.log" 2>&1
    echo $? >"$dir/$target.code"
}

# JOBS targets at a time: the next one starts when a whole batch has ended, for no shell of POSIX waits for just any.
running=0
for target in "$@"; do
    search "$target" &
    running=$((running + 1))
    [ $((running % ${JOBS:-1})) = 0 ] && wait
done
wait

failed=0
for target in "$@"; do
    code=$(cat "$dir/$target.code")
    rm -f "$dir/$target.code"
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$target.log")
    if [ "$code" = 0 ]; then
        echo "$target: ${runs:-?} executions"
    else
        failed=$((failed + 1))
        echo "FAILED $target (exit $code); the end of $dir/$target.log:"
        tail -40 "$dir/$target.log"
    fi
done
echo "fuzz: $(($# - failed)) passed, $failed failed"
[ "$failed" = 0 ]
