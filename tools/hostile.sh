#!/bin/sh
# hostile.sh RUN_HOSTILE ASSAY CORPORA [--no-limits] -- files that were made to break readers, each under limits of time and memory.
#
# Without the shared corpora (a clone on its own) only the seeds of this tree are tried; in CI a missing corpus is an error.
set -u

run=$1 assay=$2 corpora=$3
shift 3
folders="fuzz/seeds/parquet tests/readers/data"
if [ -d "$corpora" ]; then
    folders="$folders $corpora/hostile/parquet $corpora/fuzz/parquet $corpora/parquet/apache-parquet-testing/bad_data
        $corpora/parquet/duckdb/parquet-testing/broken $corpora/parquet/duckdb/parquet-testing/afl"
elif [ "${CI:-}" = true ]; then
    echo "hostile: $corpora is missing" >&2
    exit 1
else
    echo "hostile: $corpora is not here, only the seeds are tried"
fi
# shellcheck disable=SC2086 # one word per folder
exec "$run" "$@" "$assay" $folders
