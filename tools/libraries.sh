#!/bin/sh
# libraries.sh MODULE... -- linker words for pkg-config modules. STATIC=yes: the archive of each library where the compiler finds one, the
# shared library where it does not; never libc's own (libm, libpthread), which must fit the system's. CC: whose linker.
set -u

words=$(pkg-config --libs $([ "${STATIC-no}" = yes ] && echo --static) "$@") || exit 1
for word in $words; do
    case $word in
    -lm | -lpthread | -ldl | -lc) echo "$word" ;;
    -l*)
        archive=lib${word#-l}.a
        found=$([ "${STATIC-no}" = yes ] && ${CC:-cc} -print-file-name="$archive" 2>/dev/null)
        case $found in
        /*) echo "$found" ;; # else the name comes back as it was
        *) echo "$word" ;;
        esac ;;
    *) echo "$word" ;;
    esac
done | tr '\n' ' '
