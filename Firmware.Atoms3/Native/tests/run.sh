#!/usr/bin/env bash
# run.sh [FUZZ_SECONDS]: builds and runs everything native on a PC, and prints the figures. Debian: g++ cmake libgtest-dev
# libmbedtls-dev python3, and for the fuzzer (0 seconds: not needed) clang libclang-rt-14-dev.
#   BUILD_DIR     where to build; default: build/native at the top of the repository, which git ignores
#   JB_CAPTURES   folder of the radio captures; default: ../shared/captures beside the repository; without it those tests are skipped
#   JOBS          default 2
set -euo pipefail

seconds=${1:-60}
native=$(cd "$(dirname "$0")/.." && pwd)
top=$(cd "$native/../.." && pwd)
build=${BUILD_DIR:-$top/build/native}
captures=${JB_CAPTURES:-$top/../shared/captures}
jobs=${JOBS:-2}
export JB_CAPTURES=$captures
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

configure_and_build()
{
    local name=$1
    shift
    echo "== $name"
    cmake -S "$native" -B "$build/$name" -DJB_CAPTURES="$captures" "$@" > "$build/$name.log"
    cmake --build "$build/$name" -j "$jobs" >> "$build/$name.log" || { tail -n 40 "$build/$name.log"; exit 1; }
}

run_tests()
{
    local name=$1
    shift
    (cd "$build/$name" && ctest --verbose --parallel "$jobs" "$@" > ctest.log) \
        || { grep -v ' OK \|RUN ' "$build/$name/ctest.log" | tail -n 200; exit 1; }
    grep -E 'tests passed|Skipped|Not Run' "$build/$name/ctest.log"
}

mkdir -p "$build"

echo "== method table"
python3 "$native/tests/check_table.py"

echo "== start-up hooks"
python3 "$native/tests/check_hooks.py"

configure_and_build release -DCMAKE_BUILD_TYPE=Release
run_tests release
# The figures that tests print stand behind ctest's number of the test.
sed -n 's/^[0-9]*: \(          .*\)/\1/p' "$build/release/ctest.log" | tee "$build/figures.txt"
awk '/points of power loss/ { points += $1 } /pairs of power losses/ { pairs += $1 } /in 1000 sequences/ { more += $1 }
    END { printf "power loss: %d points, %d pairs enumerated, %d more sampled\n", points, pairs, more }' "$build/figures.txt"
"$build/release/tests/bench" "$captures/brno-2023-03-16.pcap"

configure_and_build sanitized -DCMAKE_BUILD_TYPE=RelWithDebInfo -DJB_SANITIZE=address,undefined
run_tests sanitized

configure_and_build threads -DCMAKE_BUILD_TYPE=RelWithDebInfo -DJB_SANITIZE=thread
run_tests threads -R Ring

if [ "$seconds" -gt 0 ]; then
    configure_and_build fuzz -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DJB_TESTS=OFF \
        -DJB_FUZZ=ON -DJB_SANITIZE=address,undefined

    # Side by side: each has work for one core.
    targets=(fuzz_filter fuzz_boot)
    pids=()
    for target in "${targets[@]}"; do
        mkdir -p "$build/fuzz/corpus-$target"
        (cd "$build/fuzz" && "./$target" -max_total_time="$seconds" -max_len=512 -print_final_stats=1 "corpus-$target" > "$target.log" 2>&1) &
        pids+=("$!")
    done
    for i in "${!targets[@]}"; do
        target=${targets[i]}
        wait "${pids[i]}" || { tail -n 30 "$build/fuzz/$target.log"; echo "again with: cd $build/fuzz && ./$target crash-…"; exit 1; }
        awk -v target="$target" '/number_of_executed_units/ { print target ": " $2 " executions" }' "$build/fuzz/$target.log"
    done
fi

echo "== size of the portable core, -Os"
for compiler in "${CC:-gcc}" xtensa-lx106-elf-gcc; do
    command -v "$compiler" > /dev/null || continue
    flags=
    size=size
    [ "$compiler" = xtensa-lx106-elf-gcc ] && flags="-isystem /usr/lib/xtensa-lx106-elf/include" && size=xtensa-lx106-elf-size
    mkdir -p "$build/size-$compiler"
    # shellcheck disable=SC2086
    (cd "$build/size-$compiler" && "$compiler" $flags -std=c11 -Os -ffunction-sections -c "$native"/core/*.c 2> errors.txt) || continue
    echo "$compiler: $("$size" "$build/size-$compiler"/*.o | awk 'NR > 1 { text += $1; rest += $2 + $3 } END { print text " bytes of code and constants, " rest " of data" }')"
done

echo "native: all passed"
