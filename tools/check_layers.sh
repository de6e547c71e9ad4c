#!/bin/sh
# check_layers.sh [ROOT] -- who may include whom, and which functions nobody may call.
#
# The table is the one of docs/architecture.md: a folder includes itself and what its row names, by paths from the root
# of the tree. Comments and strings are taken out before calls are looked for, so prose may name strtod.
set -u
cd "${1:-.}" || exit 2

# folder: what it may include beside itself. A file may be named where the whole folder may not be had.
layers='
core:
kernels:      core
columns:      core
readers:      core kernels columns
writers:      core kernels columns
stats:        core kernels columns
expressions:  core kernels columns
expectations: core kernels columns stats expressions
suites:       core kernels columns expressions expectations
validator:    core kernels columns readers writers stats expressions expectations suites
profiles:     core kernels columns readers writers stats expressions validator reports
reports:      core validator/result.h
cli:          core suites expectations/expectation.h validator profiles reports server/server.h assay.h
server:       core suites validator profiles reports assay.h'

# A third-party header: the folders that may see it.
libraries='
jansson.h     core
yaml.h        core
pcre2.h       expressions
gsl/          stats
zstd.h        readers
lz4           readers
brotli/       readers
libdeflate.h  readers
zlib.h        readers
snappy        none
microhttpd.h  server
sqlite3.h     history'

# words: the only files or folders that may call them.
calls='
strcpy strcat sprintf vsprintf gets atoi atol atof strtok localtime gmtime ctime asctime rand abort system popen: none
strtod strtof strtold: core/number.c
malloc calloc realloc free strdup strndup asprintf vasprintf alloca: core/memory.c
exit _exit _Exit quick_exit: cli/'

files=$(for folder in $(echo "$layers" | sed -n 's/:.*//p'); do
    find "$folder" -name '*.[ch]' 2>/dev/null | sort
done)
[ ! -f assay.c ] || files="$files assay.c"

# shellcheck disable=SC2086 # one word per file
awk -v layers="$layers" -v libraries="$libraries" -v calls="$calls" '
function breach(text) { print FILENAME ":" FNR ": " text; breaches++ }

function read_tables(   lines, words, n, m, i, j, at) {
    n = split(layers, lines, "\n")
    for (i = 1; i <= n; i++) {
        m = split(lines[i], words, " ")
        sub(/:$/, "", words[1])
        for (j = 1; j <= m; j++) may_include[words[1], words[j]] = 1
    }
    n = split(libraries, lines, "\n")
    for (i = 1; i <= n; i++) if (split(lines[i], words, " ") == 2) home[words[1]] = words[2]
    n = split(calls, lines, "\n")
    for (i = 1; i <= n; i++) if ((at = index(lines[i], ":"))) {
        m = split(substr(lines[i], 1, at - 1), words, " ")
        for (j = 1; j <= m; j++) only_in[words[j]] = substr(lines[i], at + 2)
    }
}

function check_own(name,   top) {
    top = name
    if (!sub(/\/.*/, "", top) && name != "assay.h")
        breach("\"" name "\": include paths start at the root of the tree")
    else if (folder != "assay.c" && !((folder, top) in may_include) && !((folder, name) in may_include))
        breach(folder "/ may not include \"" name "\"")
}

function check_library(name,   prefix) {
    for (prefix in home)
        if (index(name, prefix) == 1 && home[prefix] != folder)
            breach("<" name "> belongs to " home[prefix] "/ alone")
}

# The line without comments, strings and character constants; in_comment lasts across lines.
function code(line,   out, i, c, two) {
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1); two = substr(line, i, 2)
        if (in_comment) { if (two == "*/") { in_comment = 0; i++ } }
        else if (two == "/*") { in_comment = 1; i++ }
        else if (two == "//") break
        else if (c == "\"" || c == "\047") {
            for (i++; i <= length(line) && substr(line, i, 1) != c; i++) if (substr(line, i, 1) == "\\") i++
            out = out "_"
        } else out = out c
    }
    return out
}

# Every word before a parenthesis that is no member (x.free, x->free).
function check_calls(rest,   word, before) {
    while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        word = substr(rest, RSTART, RLENGTH - 1)
        before = RSTART > 1 ? substr(rest, RSTART - 1, 1) : " "
        sub(/[ \t]+$/, "", word)
        rest = substr(rest, RSTART + RLENGTH)
        if (word in only_in && before != "." && before != ">" && index(FILENAME, only_in[word]) != 1)
            breach(word "() is banned here")
    }
}

BEGIN { read_tables() }
FNR == 1 { in_comment = 0; n_files++; folder = FILENAME; sub(/\/.*/, "", folder) }
/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    name = $0
    sub(/^[^"<]*/, "", name)
    quote = substr(name, 1, 1)
    sub(/^./, "", name)
    sub(/[">].*/, "", name)
    if (quote == "<") check_library(name); else check_own(name)
    next
}
{ check_calls(code($0)) }
END {
    print breaches ? "layers: " breaches " breaches" : "layers: " n_files + 0 " files keep to the table"
    exit breaches > 0
}' $files
