#!/bin/sh
# Makes configure from configure.ac, for a checkout from git.
set -eu
cd "$(dirname "$0")"
mkdir -p build-aux/m4
autoreconf --install --force --warnings=all,no-obsolete
