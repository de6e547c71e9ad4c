#!/bin/sh
# test_docs.sh ASSAY FILE.md... -- runs the examples of the documents.
#
# In a ```console block, a line "$ command" is run by sh at the top of the tree and what follows must be what it prints (both
# streams); "..." stands for any number of lines. Seconds, threads, bytes and host-dependent numbers of the run line are
# not compared. A ```yaml block that begins with "# suite:" must be a suite without problems.
set -u

assay=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-docs-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
case $assay in /*) ;; *) assay=$PWD/$assay ;; esac
ln -s "$assay" "$work/bin/assay"
PATH=$work/bin:$PATH
export PATH work
passed=0 failed=0

normal() # what differs from run to run
{
    sed -E 's/[0-9.]+ s on [0-9]+ threads?, .*$/RUN/' "$1"
}

# Does $2 match the pattern lines of $1, where "..." is any number of lines?
matches()
{
    awk -v pattern="$1" '
        BEGIN { while ((getline line < pattern) > 0) want[++n] = line; at = 1; any = 0 }
        { have[++m] = $0 }
        function fits(i, j) {
            while (i <= n && want[i] != "...") {
                if (j > m || want[i] != have[j]) return 0
                i++; j++
            }
            if (i > n) return j > m
            for (k[i] = j; k[i] <= m + 1; k[i]++) if (fits(i + 1, k[i])) return 1
            return 0
        }
        END { exit !fits(1, 1) }' "$2"
}

check_command() # FILE COMMAND; expected output in $work/want
{
    sh -c "$2" >"$work/raw" 2>&1
    normal "$work/raw" >"$work/have"
    normal "$work/want" >"$work/wanted"
    if matches "$work/wanted" "$work/have"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1: \$ $2"
        diff "$work/wanted" "$work/have" | sed 's/^/    /'
    fi
}

check_suite() # FILE; suite in $work/suite.yaml. A batch that is not there is exit 3, a bad suite exit 2.
{
    assay check "$work/suite.yaml" "$work/no-such-batch" >"$work/have" 2>&1
    if [ $? = 3 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1: a suite of it has problems:"
        sed 's/^/    /' "$work/have"
    fi
}

end_command() # FILE
{
    [ -n "$command" ] && check_command "$1" "$command"
    command=
}

check_file()
{
    block= command=
    while IFS= read -r line || [ -n "$line" ]; do
        case $block:$line in
        ':```console') block=console; : >"$work/want" ;;
        ':```yaml') block=yaml; : >"$work/suite.yaml" ;;
        'console:```') end_command "$1"; block= ;;
        'yaml:```')
            block=
            if head -n 1 "$work/suite.yaml" | grep -q '^# suite:'; then check_suite "$1"; fi ;;
        'console:$ '*) end_command "$1"; command=${line#??}; : >"$work/want" ;;
        console:*) printf '%s\n' "$line" >>"$work/want" ;;
        yaml:*) printf '%s\n' "$line" >>"$work/suite.yaml" ;;
        esac
    done <"$1"
}

for file; do
    check_file "$file"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
