# stress-ng's stressors that check their own results, bounded by operations instead of time.
set -u
mkdir -p /tmp/stress && cd /tmp/stress || exit

run() {
    local name=$1
    shift
    stress-ng --verify --no-rand-seed --timeout 0 --oom-avoid "$@" > "$name.log" 2>&1
    local status=$?
    grep -E 'fail:|error:|segmentation|SIGILL|SIGSEGV|SIGBUS' "$name.log" | sed 's/^stress-ng: *//; s/\[[0-9]*\]//; s/^/test: stress failure /' | sort -u | head -n 8
    echo "test: stress $name $status"
    echo "took $((SECONDS - begin)) s: $name"
    begin=$SECONDS
}
begin=$SECONDS
factor=${LONG:+10}
factor=${factor:-1}

job() {
    case $1 in
        # Every method of `--cpu-method all` once or more: the methods are taken in turn, one a operation.
        cpu) run cpu --cpu 1 --cpu-method all --cpu-ops $((90 * factor)) ;;
        vm) run vm --vm 1 --vm-bytes 1M --vm-method all --vm-ops $((20000 * factor)) ;;
        memory) for name in memcpy memthrash matrix vecmath vecwide; do run $name --$name 1 --$name-ops $((20 * factor)); done ;;
        atomics) for name in atomic lockbus full; do
            [ $name = full ] && continue
            run $name --$name 2 --$name-ops $((500 * factor)); done ;;
        processes) for name in fork pipe futex sem switch pthread vfork sigsegv sigfpe signal fault mmap; do
            run $name --$name 2 --$name-ops $((200 * factor)); done ;;
        sorting) for name in qsort heapsort mergesort radixsort bsearch tsearch; do run $name --$name 1 --$name-ops $((1 * factor)) --$name-size 16384; done ;;
    esac
}

if [ $# = 1 ]; then job "$1"; else printf '%s\n' vm cpu processes memory atomics sorting | xargs -P "$(nproc)" -I{} bash "$0" {}; fi
