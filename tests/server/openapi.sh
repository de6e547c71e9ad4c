#!/bin/sh
# openapi.sh ASSAY SCHEMATHESIS -- schemathesis sends a running service what its /openapi.json allows and what it forbids.
#
# Every answer must have a status, a content type, header fields and a body that the description has, nothing may be a 5xx, and what the
# description forbids must be refused. That everything it allows is accepted (ST202) is not asked for: a gate refuses bad data, and
# whether a suite of a name, a file or a column is there no description tells.
set -u

assay=$1 schemathesis=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-openapi-XXXXXX") || exit 1
: >"$work/log"
"$assay" serve --suites examples --data examples --listen 127.0.0.1:0 2>"$work/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$work"' EXIT

port=
for i in 1 2 3 4 5 6 7 8 9 10; do
    port=$(sed -n 's/.*"event": "listening".*"port": \([0-9]*\).*/\1/p' "$work/log")
    [ -n "$port" ] && break
    sleep 0.2
done
if [ -z "$port" ]; then
    echo "openapi: the service does not listen:"
    cat "$work/log"
    exit 1
fi
cd "$work" || exit 1
# With gate=true a body that cannot be read is refused by 424, with the report.
cat >schemathesis.toml <<'EOF'
[checks]
negative_data_rejection.expected-statuses = ["400", "404", "405", "406", "409", "412", "413", "415", "417", "422", "424", "431"]
EOF
"$schemathesis" run "http://127.0.0.1:$port/openapi.json" --checks all --exclude-checks positive_data_acceptance \
    --max-examples "${OPENAPI_EXAMPLES:-30}" --generation-deterministic --no-color >"$work/out" 2>&1
code=$?
if [ "$code" != 0 ]; then
    cut -c1-1000 "$work/out" | tail -200
    echo "openapi: FAILED (exit $code)"
    exit 1
fi
sed -n '/^API Operations/,/^$/p; /^Test cases/,/^$/p' "$work/out"
kill -0 $server || { echo "openapi: the service is gone"; exit 1; }
echo "openapi: passed"
