#!/usr/bin/env bash
# What is too long for ./dev test: sanitizers over all tests, the fuzzers, and the properties with 100,000 cases.
#   tests/prove.sh [SECONDS_PER_FUZZER]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-300}
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

echo "== all tests under AddressSanitizer and UndefinedBehaviorSanitizer"
cmake --preset sanitize >/dev/null
ninja -C build-sanitize
ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1 ctest --test-dir build-sanitize --output-on-failure -j 2 --timeout 900

echo "== every partner conforms"
LOANGATE_CONFORM=all build/tests/talk/conform_test --gtest_filter=Conform.PartnersOf*

echo "== properties, 100,000 cases each"
LOANGATE_CASES=100000 ctest --test-dir build --output-on-failure -j 2 --timeout 3600

echo "== fuzzers, $seconds seconds each"
cmake -S . -B build-fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLOANGATE_FUZZ=ON >/dev/null
ninja -C build-fuzz fuzzers
for fuzzer in build-fuzz/*_fuzz; do
  name=$(basename "$fuzzer")
  corpus=build-fuzz/corpus/$name
  mkdir -p "$corpus"
  seeds=tests/fuzz/seeds/$name
  [ -d "$seeds" ] || seeds=""
  "$fuzzer" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 "$corpus" $seeds
done
