# stress-ng's own verifiers of arithmetic, memory patterns, sorting, atomics and process control. Each stressor does a fixed amount
# of work and says whether what it computed is what it must be.
# Left out, because they are as slow on other machines: vm's cache-lines and prime-incdec, and sem; for the time they take
# here: vm's rand-sum, cache-stripe and write1024v, tree, memcpy; and strings and bitonicsort, which end with status 1 elsewhere too.
set -u
mkdir -p /tmp/stress && cd /tmp/stress || exit

CPU='ackermann apery bitops callfunc cdouble cfloat clongdouble collatz correlate crc16 dither div8 div16 div32 div64 div128
double euler explog factorial fibonacci fft fletcher16 float float32 float64 floatconversion gamma gcd gray hamming
hanoi hyperbolic idct int128 int64 int32 int16 int8 int128float int128double int128longdouble int64float int64double
int64longdouble int32float int32double int32longdouble intconversion ipv4checksum jmp lfsr32 ln2 logmap longdouble loop
matrixprod nsqrt omega parity phi pi prime psi queens rand rand48 rgb sieve stats sqrt trig union zeta'
VM='checkerboard flip fwdrev galpat-0 galpat-1 gray grayflip rowhammer incdec inc-nybble lfsr32 rand-set read64 ror swap
move-inv modulo-x mscan prime-0 prime-1 prime-gray-0 prime-gray-1 walk-0d walk-1d walk-0a walk-1a write64 zero-one'
OTHER='matrix:20 vecmath:20 vecwide:5 atomic:200 futex:200 pipe:200 fork:100 sigsegv:200 sigfpe:200 pthread:50 qsort:1
heapsort:1 mergesort:1 radixsort:1 bsearch:2 tsearch:1 hash:20 str:20 wcs:20 crypt:3 hsearch:5 lsearch:1 zlib:1
skiplist:1 judy:1 branch:100 longjmp:100'

one() {
    local kind=${1%%/*} what=${1#*/} rounds=1
    local name=${what%:*}
    local log=$kind.$name
    case $kind in
        cpu) set -- --cpu 1 --cpu-method "$name" --cpu-ops 1 ;;
        vm) set -- --vm 1 --vm-bytes 256K --vm-method "$name" --vm-ops 100 ;;
        other) set -- "--$name" 1 "--$name-ops" "${what#*:}" ;;
    esac
    [ -n "$LONG" ] && rounds=20
    while [ "$rounds" -gt 0 ]; do
        stress-ng --verify --no-rand-seed --timeout 0 "$@" >> "$log" 2>&1 \
            || { echo "test: stress $kind $name ended with $?: $(grep -m 1 -E 'fail|error' "$log")"; return; }
        rounds=$((rounds - 1))
    done
    # One that is skipped ends well and proves nothing.
    if grep -q -E 'fail:|skipping|skipped: [1-9]|not (implemented|supported)' "$log"; then
        echo "test: stress $kind $name: $(grep -m 1 -E 'fail:|skipping|skipped: [1-9]|not (implemented|supported)' "$log")"
    else
        echo "test: stress $kind $name ok"
    fi
}

if [ $# = 1 ]; then
    one "$1"
else
    { printf 'cpu/%s\n' $CPU; printf 'vm/%s\n' $VM; printf 'other/%s\n' $OTHER; } | xargs -P "$(nproc)" -I{} bash "$0" {}
fi
