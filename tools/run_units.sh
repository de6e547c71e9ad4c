#!/bin/sh
# run_units.sh TEST... -- runs the unit test programs, JOBS at a time; what they print is shown only where one fails.
set -u

printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -I '{}' sh -c 'timeout 300 "$1" >"$1.log" 2>&1; echo $? >"$1.code"' run '{}'
passed=0 failed=0 skipped=0
for test in "$@"; do
    code=$(cat "$test.code")
    n=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$test.log" | awk '{ n += $1 } END { print n + 0 }')
    bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$test.log" | awk '{ n += $1 } END { print n + 0 }')
    none=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$test.log" | awk '{ n += $1 } END { print n + 0 }')
    rm -f "$test.code"
    passed=$((passed + n)) skipped=$((skipped + none))
    if [ "$code" != 0 ] || [ "$bad" != 0 ]; then
        # A crash counts as one failure even though no test of it was named.
        failed=$((failed + (bad > 0 ? bad : 1)))
        echo "FAILED $test (exit $code); the end of $test.log:"
        grep -v '^\[ RUN\|^\[       OK' "$test.log" | tail -40
    elif [ "$((n + none))" = 0 ]; then
        failed=$((failed + 1))
        echo "FAILED $test: ran no test"
    fi
done
echo "units: $# programs, $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
