#!/bin/sh
# A check that never fails proves nothing: breaches are planted in a copy of the tree, one at a time, and each must be found.
set -u

copy=$(mktemp -d) || exit 2
trap 'rm -rf "$copy"' EXIT
passed=0 failed=0

plant() # WHAT FILE TEXT EXIT
{
    rm -rf "$copy/tree"
    mkdir -p "$copy/tree/$(dirname "$2")"
    printf '%s\n' "$3" >"$copy/tree/$2"
    sh tools/check_layers.sh "$copy/tree" >"$copy/out"
    code=$?
    if [ "$code" = "$4" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1: exit $code, wanted $4"
        cat "$copy/out"
    fi
}

plant 'a tree without breaches' core/planted.c '#include "core/error.h"' 0
plant 'core includes a higher folder' core/planted.c '#include "columns/type.h"' 1
plant 'siblings include each other' stats/planted.c '#include "readers/reader.h"' 1
plant 'a reader includes the validator' readers/csv/planted.c '  #  include "validator/validator.h"' 1
plant 'reports see more than the result' reports/planted.c '#include "validator/validator.h"' 1
plant 'reports see the result' reports/planted.c '#include "validator/result.h"' 0
plant 'a path that does not start at the root' core/planted.c '#include "error.h"' 1
plant 'a library outside its home' stats/planted.c '#include <pcre2.h>' 1
plant 'a library at home' expressions/planted.c '#include <pcre2.h>' 0
plant 'malloc outside core/memory.c' columns/planted.c 'void *f(void) { return malloc (3); }' 1
plant 'strcpy' core/planted.c 'void f(char *a) { strcpy(a, "b"); }' 1
plant 'strtod outside core/number.c' columns/planted.c 'double f(void) { return strtod("1", 0); }' 1
plant 'exit outside cli/' core/planted.c 'void f(void) { exit(1); }' 1
plant 'exit in cli/' cli/planted.c 'void f(void) { exit(1); }' 0
plant 'a banned word in a comment' core/planted.c '/* strcpy(a, b) is not called */' 0
plant 'a banned word in a string' core/planted.c 'const char *s = "free(x)";' 0
plant 'a member of a banned name' core/planted.c 'void f(struct a *x) { x->free(x); }' 0

# And once in the tree as it is.
rm -rf "$copy/tree" && mkdir "$copy/tree" && cp -r core columns readers stats "$copy/tree"
echo '#include "stats/metric.h"' >"$copy/tree/readers/planted.h"
if sh tools/check_layers.sh "$copy/tree" | grep -q 'readers/planted.h:1: readers/ may not include "stats/metric.h"'; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "FAILED a breach in the tree as it is was not named"
fi

echo "layers check itself: $passed passed, $failed failed"
[ "$failed" = 0 ]
