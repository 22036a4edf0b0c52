# Shell and Perl scripts, and the small programs scripts are made of; the answers are known from mathematics or recorded.
set -u
mkdir -p /tmp/scripts && cd /tmp/scripts || exit

is() { [ "$2" = "$3" ] && echo "test: script $1 ok" || echo "test: script $1 is $2 instead of $3"; }
value() { echo "test: script $1 = $2"; }

shell() {
    is arithmetic "$((7 ** 13 % 1000003)) $((-7 / 2)) $((-7 % 2)) $((1 << 62)) $((0xff ^ 0x0f))" '719743 -3 -1 4611686018427387904 240'
    fib() { [ "$1" -lt 2 ] && echo "$1" || echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); }
    is recursion "$(fib 9)" 34
    text=$(for word in gamma alpha beta; do echo "$word"; done | sort | paste -sd,)
    is pipeline "$text" alpha,beta,gamma
    declare -A count
    for word in a b a c a b; do count[$word]=$((${count[$word]:-0} + 1)); done
    is associative "${count[a]}${count[b]}${count[c]}" 321
    [[ 2026-11-25 =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]]
    is expression "${BASH_REMATCH[3]}.${BASH_REMATCH[2]}.${BASH_REMATCH[1]}" 25.11.2026
    trap 'caught=yes' USR1
    caught=no
    kill -USR1 $$
    is trap "$caught" yes
    trap - USR1
    (sleep 0.1; exit 42) &
    wait $!
    is status $? 42
    is printf "$(printf '%08.3f|%-5s|%x|%e' 3.14159 ab 48879 12345.678)" '0003.142|ab   |beef|1.234568e+04'
    is substitution "$(x=one/two/three; echo "${x##*/} ${x%%/*} ${x//\//+} ${#x} ${x^^}")" 'three one one+two+three 13 ONE/TWO/THREE'
    is process "$(diff <(seq 5) <(seq 6) | tail -n 1)" '> 6'
}

coreutils() {
    seq 1 20000 > numbers
    is sha256 "$(sha256sum < numbers)" 'f6351f5ead9a700e34275480b3856ea738122a7c57bdeb744a631251c069587a  -'
    sort -R --random-source=numbers numbers > shuffled
    value shuffled "$(md5sum < shuffled)"
    is sort "$(sort -n shuffled | cmp - numbers; echo $?)" 0
    is awk "$(awk '{ total += $1; squares += $1 * $1 } END { printf "%d %.0f", total, squares }' numbers)" '200010000 2666866670000'
    is sed "$(sed -n '/7$/{s/.*/<&>/;p}' numbers | wc -l)" 2000
    is grep "$(grep -cE '^(12|34)[0-9]*5$' numbers)" 122
    is factor "$(factor 18446744073709551557)" '18446744073709551557: 18446744073709551557'
    is factor-two "$(factor 1000000016000000063)" '1000000016000000063: 1000000007 1000000009'
    is bc "$(echo 'scale=0; 2^521 % 1000007; scale=40; 4*a(1)' | bc -l)" "$(printf '%s\n' 871645 3.1415926535897932384626433832795028841968)"
    is base64 "$(base64 -w 0 numbers | base64 -d | cmp - numbers; echo $?)" 0
    is find "$(mkdir -p a/b/c; touch a/1 a/b/2 a/b/c/3; find a -type f | sort | tr '\n' ' ')" 'a/1 a/b/2 a/b/c/3 '
    is date "$(date -u -d @1000000000 +%FT%T)" 2001-09-09T01:46:40
    is cksum "$(cksum < numbers | cut -d ' ' -f 2)" 108894
    is dd "$(dd if=numbers bs=512 skip=3 count=2 2> /dev/null | md5sum)" "$(tail -c +1537 numbers | head -c 1024 | md5sum)"
    for sum in md5sum sha1sum sha224sum sha384sum sha512sum b2sum cksum sum; do value $sum "$($sum < numbers | cut -d ' ' -f 1)"; done
}

perl_scripts() {
    is perl-bigint "$(perl -Mbigint -e 'my $f = 1; $f *= $_ for 1 .. 60; print $f')" \
        8320987112741390144276341183223364380754172606361245952449277696409600000000000000
    is perl-pack "$(perl -e 'print unpack("H*", pack("w N n C a4 d<", 300, 1, 2, 3, "ab", 0.1))')" 822c00000001000203616200009a9999999999b93f
    is perl-regex "$(perl -e '$_ = "2 apples, 3 pears"; s/(\d+) (\w)(\w+)/uc($2) . $3 . "x" . $1*2/ge; print')" 'Applesx4, Pearsx6'
    is perl-sieve "$(perl -e 'my @c; my $n = 0; for my $i (2 .. 50000) { next if $c[$i]; $n++; for (my $j = $i * $i; $j <= 50000; $j += $i) { $c[$j] = 1 } } print $n')" 5133
    is perl-digest "$(perl -MDigest::SHA=sha512_hex -e 'print substr(sha512_hex("abc"), 0, 32)')" ddaf35a193617abacc417349ae204131
    is perl-unicode "$(perl -CS -Mutf8 -e 'print join ",", map { sprintf "%x", ord } split //, uc "straße"')" 53,54,52,41,53,53,45
    is perl-storable "$(perl -MStorable=freeze,thaw -e 'my $x = thaw(freeze({ a => [1 .. 5], b => { c => 1.5 } })); print "@{$x->{a}} $x->{b}{c}"')" '1 2 3 4 5 1.5'
    is perl-fork "$(perl -e 'pipe R, W; if (!fork) { print W "child\n"; exit 7 } close W; my $l = <R>; wait; chomp $l; print $l, $? >> 8')" child7
    is perl-threads "$(perl -Mthreads -e 'my @t = map { my $n = $_; threads->create(sub { my $s = 0; $s += $_ for 1 .. 1000 * $n; $s }) } 1 .. 4; print join " ", map { $_->join } @t')" \
        '500500 2001000 4501500 8002000'
    value perl-random "$(perl -e 'srand 42; print join " ", map { int rand 1e6 } 1 .. 8')"
    value perl-math "$(perl -e 'printf "%.17g %.17g %.17g %.17g %.17g", sin 1e5, exp 1.5, log 3, sqrt 2, atan2(1, 3)')"
    value perl-sort "$(perl -MDigest::MD5=md5_hex -e 'my $x = 1; my @v = map { $x = ($x * 1103515245 + 12345) % 2147483648 } 1 .. 20000; print md5_hex(join ",", sort { $a <=> $b } @v)')"
    value perl-format "$(perl -e 'printf "%s %s %s %.0f %g", 1e21, 1/3, 9**20, 2.5, 1e-5')"
}

if [ $# = 1 ]; then "$1"; else printf '%s\n' perl_scripts coreutils shell | xargs -P "$(nproc)" -I{} bash "$0" {}; fi
