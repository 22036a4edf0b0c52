# Runs in the userland guest: programs as people use them, each timed and its output summed by the suite.
cd /tmp || exit 1
run() {
    /suite command "$@" || exit 1
}
# Nothing made here depends on time or place.
seq 1 200000 > numbers
cat /usr/bin/openssl > binary
head -c 4000000 binary > input
gzip -1 -n -c input > input.gz
mkdir -p source && cp /programs/*.c source/

run real/gzip gzip -6 -n -c input
run real/gunzip gzip -dc input.gz
run real/xz sh -c 'head -c 500000 input | xz -T1 -1 -c'
run real/python python3 -S -c 'print(sum(i * i % 7 for i in range(400000)), len({str(i): i for i in range(100000)}))'
run real/openssl openssl dgst -sha256 -r binary
run real/shell sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo $i; for f in 1 2 3 4 5 6 7 8; do echo $f | sed s/1/2/ | cat; done'
run real/sort sort -rn numbers
run real/gcc gcc -O2 -S -o - source/integers.c

echo 'bench done'
echo 'vmapple-guest: bench over'
read -r answer
