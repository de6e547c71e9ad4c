#!/bin/sh
# fuzz_replay.sh DIR CORPORA TARGET... -- every seed and every hostile file through every fuzz target, once, by the plain driver.
#
# A target has to survive whatever it is fed, so no target is spared a file. Without the shared corpora (a clone on its
# own) the seeds of this tree are replayed; in CI a missing corpus is an error.
set -u

dir=$1 corpora=$2
shift 2
folders=fuzz/seeds
if [ -d "$corpora" ]; then
    for folder in hostile parsers fuzz; do
        folders="$folders $corpora/$folder"
    done
elif [ "${CI:-}" = true ]; then
    echo "fuzz-replay: $corpora is missing" >&2
    exit 1
else
    echo "fuzz-replay: $corpora is not here, only the seeds are replayed"
fi

# shellcheck disable=SC2086 # one word per folder
files=$(find $folders -type f 2>/dev/null | wc -l)
# shellcheck disable=SC2086
printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -I '{}' sh -c 'target=$1; dir=$2; shift 2
    find "$@" -type f -print0 2>/dev/null | sort -z | xargs -0 -r timeout 300 "$dir/$target" >"$dir/$target.log" 2>&1
    echo $? >"$dir/$target.code"' run '{}' "$dir" $folders
failed=0
for target in "$@"; do
    code=$(cat "$dir/$target.code")
    rm -f "$dir/$target.code"
    if [ "$code" != 0 ]; then
        failed=$((failed + 1))
        echo "FAILED $target (exit $code); the end of $dir/$target.log:"
        tail -30 "$dir/$target.log"
    fi
done
echo "fuzz-replay: $files files through $# targets: $(($# - failed)) passed, $failed failed"
[ "$failed" = 0 ]
