# Packing and unpacking with every packer; the packed bytes are known too, since packers are deterministic.
set -u

sum() { sha256sum | cut -c 1-64; }

round() {
    local name=$1
    shift
    "$@" < data > "$name.packed" 2> "$name.err" || { echo "test: packer $name failed: $(head -n 1 "$name.err")"; return; }
    "$1" -dc < "$name.packed" | cmp -s - data || echo "test: packer $name does not give back what it took"
    echo "test: packer $name $(sum < "$name.packed")"
}

job() {
    mkdir -p "/tmp/packers/$1" && cd "/tmp/packers/$1" || exit
    # Text, machine code and repetition.
    { seq 1 20000; head -c 300000 /usr/bin/python3.11; head -c 100000 /dev/zero; } > data
    # gzip would keep the time of its input.
    case $1 in
        gzip) levels='n1 n6 n9' ;;
        bzip2) levels='1 9' ;;
        lz4) levels='1 9' ;;
        xz) levels='0 6' ;;
        zstd) levels='1 3 15' ;;
    esac
    for level in $levels; do round "$1-$level" "$1" "-$level" -c; done
    case $1 in
        xz) round xz-threads xz -1 -T2 --block-size=100000 -c ;;
        zstd) round zstd-threads zstd -1 -T2 -c; round zstd-long zstd --ultra -20 -c ;;
        gzip) { mkdir tree && cp data tree/one && ln -s one tree/two
            tar -C tree --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644 -cf - one two > tree.tar
            mkdir again && tar -C again -xf tree.tar && cmp again/two data && echo "test: packer tar $(sum < tree.tar)"; } ;;
    esac
    if [ -n "$LONG" ]; then
        for file in /usr/bin/python3.11 /usr/lib/gcc/aarch64-linux-gnu/12/cc1; do
            "$1" -c < "$file" | "$1" -dc | cmp -s - "$file"
            echo "test: packer $1 ${file##*/} $?"
        done
    fi
}

if [ $# = 1 ]; then job "$1"; else printf '%s\n' xz bzip2 zstd gzip lz4 | xargs -P "$(nproc)" -I{} bash "$0" {}; fi
