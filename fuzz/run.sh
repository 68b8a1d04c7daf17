#!/bin/sh
# Runs fuzz targets one after the other: ./run.sh MINUTES [TARGET ...], in fuzz/; all of them if none is named.
#
# The flags are those of cargo-fuzz without a sanitizer of addresses, which a program without unsafe code has less need of;
# they work on the pinned stable toolchain. With a nightly one and cargo-fuzz: cargo +nightly fuzz run TARGET.
set -eu
cd "$(dirname "$0")"
minutes=${1:?usage: ./run.sh MINUTES [TARGET ...]}
shift
[ $# -gt 0 ] || set -- midi tokens config checkpoint script

host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="--cfg fuzzing -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1 -Cpasses=sancov-module \
 -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
 -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
export RUSTFLAGS
cargo build --release --target "$host" --bins
built=${CARGO_TARGET_DIR:-target}/$host/release
[ -d corpus ] || "$built/seeds"

for target in "$@"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    echo "$target: $minutes minutes"
    "$built/$target" "corpus/$target" -artifact_prefix="artifacts/$target/" -max_total_time=$((60 * minutes)) \
        -max_len=65536 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
done
