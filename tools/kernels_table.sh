#!/bin/sh
# kernels_table.sh LOOPS -- instructions a row of every kernel and variant, counted by callgrind: the same on any day, whatever
# else the machine does, so that a kernel that got slower shows. Not avx512: valgrind does not know its instructions.
set -u
loops=$1
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
command -v valgrind >/dev/null || { echo "kernels_table: valgrind is not installed" >&2; exit 2; }

rows=$("$loops" scalar | sed -n 's/ rows$//p')
variants=
for variant in scalar avx2; do
    "$loops" "$variant" >/dev/null 2>&1 || continue
    variants="$variants $variant"
    valgrind --tool=callgrind --callgrind-out-file="$dir/out" "$loops" "$variant" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 2; }
    callgrind_annotate --inclusive=yes --threshold=100 "$dir/out" |
        sed -n 's/^ *\([0-9,]*\) .*:loop_\([a-z0-9_]*\).*/\2 \1/p' | tr -d , | sort -u >"$dir/$variant"
done

printf '| instructions a row |%s |\n' "$(for v in $variants; do printf ' %s |' "$v"; done | sed 's/ |$//')"
printf '|---|%s\n' "$(for v in $variants; do printf -- '---|'; done)"
for kernel in $(cut -d' ' -f1 "$dir/scalar"); do
    printf '| %s |' "$kernel"
    for v in $variants; do
        awk -v k="$kernel" -v rows="$rows" '$1 == k { printf " %.2f |", $2 / rows }' "$dir/$v"
    done
    echo
done
