#!/bin/sh
# setup.sh PURPOSE -- makes sure that the Debian packages for build, test, fuzz, conformance or openapi are installed.
#
# What is there already is left alone, wherever it came from: libraries are asked for by pkg-config first, so that
# another distribution works too. What is missing is installed with apt-get as root or by `sudo -n`; where neither is
# possible, the one command that somebody has to run is printed and the build stops.
set -u

purpose=${1:-build}

# package, and how to see that it is there: a pkg-config module, a header (@), a program (!), or what it makes possible (=)
build='
libc6-dev           @stdio.h
pkg-config          !pkg-config
libjansson-dev      jansson
libyaml-dev         yaml-0.1
libpcre2-dev        libpcre2-8
libgsl-dev          gsl
libzstd-dev         libzstd
liblz4-dev          liblz4
libbrotli-dev       libbrotlidec
libdeflate-dev      libdeflate
zlib1g-dev          zlib
libxxhash-dev       libxxhash
libmicrohttpd-dev   libmicrohttpd'
test="$build
libcmocka-dev       cmocka
libsnappy-dev       @snappy-c.h"
fuzz="$build
clang               !clang
libclang-rt-14-dev  =clang"
conformance='
python3             !python3'
openapi='
python3-venv        =venv'

compiles() # HEADER
{
    printf '#include <stddef.h>\n#include <stdarg.h>\n#include <%s>\n' "$1" | ${CC:-cc} -E -x c - >/dev/null 2>&1
}

# Asking dpkg is the fallback: a package may be there while pkg-config itself is not.
is_there() # PACKAGE SIGN
{
    case $2 in
    !*) command -v "${2#!}" >/dev/null 2>&1 && return 0 ;;
    @*) compiles "${2#@}" && return 0 ;;
    =clang) fuzzer_links && return 0 ;;
    =venv) python3 -c 'import ensurepip' >/dev/null 2>&1 && return 0 ;;
    *) pkg-config --exists "$2" 2>/dev/null && return 0 ;;
    esac
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

fuzzer_links()
{
    printf '#include <stddef.h>\nint LLVMFuzzerTestOneInput(const unsigned char *d, size_t n) { return d && n > 9 ? 0 : 0; }\n' |
        clang -x c -fsanitize=fuzzer,address - -o /dev/null >/dev/null 2>&1
}

install_packages() # PACKAGE...
{
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || return 1
        as_root='sudo -n'
    fi
    command -v apt-get >/dev/null 2>&1 || return 1
    echo "installing: $*" >&2
    # The lists of a fresh system are empty or stale: fetch them where the first attempt finds no package.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

case $purpose in
build) wanted=$build ;;
test) wanted=$test ;;
fuzz) wanted=$fuzz ;;
conformance) wanted=$conformance ;;
openapi) wanted=$openapi ;;
*)
    echo "setup.sh: unknown purpose $purpose" >&2
    exit 2
    ;;
esac

missing=$(echo "$wanted" | while read -r package sign; do
    [ -z "$package" ] || is_there "$package" "$sign" || printf '%s ' "$package"
done)
[ -z "$missing" ] && exit 0

# shellcheck disable=SC2086 # one word per package
if ! install_packages $missing; then
    echo "Packages are missing and could not be installed from here. Please run:" >&2
    echo "apt-get install ${missing% }" >&2
    exit 1
fi
