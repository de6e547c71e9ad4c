#!/bin/sh
# reference.sh ASSAY -- docs/reference.md on standard output: every expectation as `assay explain` tells it.
assay=$1
printf '# Reference\n\nEvery expectation, as `assay explain NAME` tells it. Made by `sh tools/reference.sh ./assay >docs/reference.md`; `make docs` fails where\nit is out of date.\n'
"$assay" list | sed -n 's/^  \([a-z_]*\)  .*/\1/p' | while read -r name; do
    printf '\n## %s\n\n' "$name"
    "$assay" explain "$name" | sed 's/^\(.\)/    \1/'
done
