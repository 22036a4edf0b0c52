# gcc compiles on the guest, and what it compiles runs: each program at several levels must print the same text, and that
# text is recorded. -O3 vectorises for NEON; M1 instructions are used where the compiler is told that it may.
set -u
mkdir -p /tmp/compiler && cd /tmp/compiler || exit

job() {
    name=$1
    # Strict floating point: no contraction into fused operations, which would change results between levels.
    common='-std=gnu11 -Wall -Werror -ffp-contract=off -pthread'
    first=
    for level in -O0 -O2 '-O3 -march=armv8.4-a+crypto' '-O2 -mbranch-protection=standard -march=armv8.3-a -static' '-Os -fPIE -pie -fstack-protector-all'; do
        program=./$name-$(echo "$level" | tr -dc 'A-Za-z0-9')
        if ! gcc $common $level "/programs/$name.c" -o "$program" -lm 2> "$program.err"; then
            echo "test: compiler $name $level does not compile: $(head -n 1 "$program.err")"
            continue
        fi
        text=$("$program" 2>&1)
        status=$?
        [ $status = 0 ] || echo "test: compiler $name $level ended with status $status"
        [ "${first:=$text}" = "$text" ] || echo "test: compiler $name $level prints something else: $(echo "$text" | sha256sum | cut -c 1-16)"
    done
    printf '%s\n' "$first" | sed "s/^/test: compiler $name /"
}

if [ $# = 1 ]; then
    job "$1"
else
    for file in /programs/*.c; do basename "$file" .c; done | xargs -P "$(nproc)" -I{} bash "$0" {}
fi
