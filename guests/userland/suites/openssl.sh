# OpenSSL over fixed input: every digest, cipher, MAC and key derivation it offers, with and without the CPU's crypto
# instructions; published vectors of the deterministic signatures; round trips of the others; TLS over the loopback.
# Debian ships no test programs of OpenSSL itself, so the list is made here from what `openssl list` says.
# Lines that hold a value are recorded under another machine, and the host's OpenSSL must agree (`cargo xtask userland`).
set -u
legacy='-provider default -provider legacy'
key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f
iv=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff

say() { echo "test: $*"; }

# Lengths around the block sizes of all algorithms, and one that takes the bulk code several times round.
lengths='0 1 15 16 17 55 56 63 64 65 111 112 127 128 129 200 1000 65536'

input() {
    seq 1 20000 > all
    for length in $lengths; do head -c "$length" all > "in.$length"; done
}

# What the CPU offers (the default), NEON only, and no more than plain AArch64: all must agree.
capabilities='0xffffffff 1 0'

# Runs a command that prints a value once for each capability; says the value, or that they differ.
agree() {
    local what=$1 value= other
    shift
    for capability in $capabilities; do
        export OPENSSL_armcap=$capability
        other=$("$@" 2>&1)
        [ "${value:=$other}" = "$other" ] || value="differs: $value, with $capability $other"
    done
    say "$what $value"
}

once() { capabilities=0xffffffff agree "$@"; }

sum() { sha256sum | cut -c 1-64; }

digest() { openssl dgst "-$@" -r $legacy in.* 2>&1 | sum; }

digests() {
    for name in $(openssl list -digest-algorithms $legacy | awk -F '[{,} ]+' '/@/ && !/NULL|KECCAK/ && $3 != "@" { print $3 }' | sort -u); do
        case $name in
            SHAKE*) agree "digest $name" digest "$name" -xoflen 77 ;;
            SHA*) agree "digest $name" digest "$name" ;;
            *) once "digest $name" digest "$name" ;;
        esac
    done
}

cipher() {
    openssl enc "-$1" $legacy -K "${key:0:$2}" -iv "$iv" -in stream -out "$1.out" 2> "$1.err" || { cat "$1.err"; return; }
    openssl enc -d "-$1" $legacy -K "${key:0:$2}" -iv "$iv" -in "$1.out" 2>> "$1.err" | cmp - stream
    sum < "$1.out"
}

# All that `enc` can do by its own name (no second names, no modes that need whole blocks or make a tag).
ciphers() {
    head -c 20011 all > stream
    for name in $(openssl enc -ciphers $legacy | tail -n +2 | tr -s ' ' '\n' | sed -n 's/^-//p' | sort -u); do
        case $name in
            aes???|aria???|bf|blowfish|camellia???|cast|cast-cbc|des|des3|des-ede3-ecb|des-ede-ecb|desx|rc2|rc2-128|seed|sm4) continue ;;
            *wrap*|*ccm|*gcm|*ocb|*siv*) continue ;;
            *-192-*|*cfb1|*cfb8|aria-256-*|camellia-256-*|rc2-40*|rc2-64*) [ -n "$LONG" ] || continue ;;
        esac
        case $name in
            *-256-*|chacha20) digits=64 ;;
            *-192-*|des-ede3*|desx*) digits=48 ;;
            rc4-40|rc2-40*) digits=10 ;;
            des-ede*) digits=32 ;;
            des-*|rc2-64*) digits=16 ;;
            *) digits=32 ;;
        esac
        case $name in
            aes-*|chacha20) agree "cipher $name" cipher "$name" "$digits" ;;
            *) once "cipher $name" cipher "$name" "$digits" ;;
        esac
    done
}

mac() {
    for length in ${LONG:+0 16 63} 200 65536; do openssl mac "${@:2}" -in "in.$length" "$1"; done | tr '\n' ' ' | sum
}

macs() {
    for digest in SHA1 SHA256 SHA512 SHA3-256; do
        agree "mac HMAC-$digest" mac HMAC -digest $digest -macopt hexkey:$key
    done
    for size in 128 192 256; do
        agree "mac GMAC-$size" mac GMAC -cipher AES-$size-GCM -macopt "hexkey:${key:0:size/4}" -macopt "hexiv:${iv:0:24}"
    done
    once 'mac CMAC' mac CMAC -cipher AES-256-CBC -macopt "hexkey:${key:0:64}"
    once 'mac KMAC256' mac KMAC256 -macopt "hexkey:${key:0:64}" -macopt custom:x
    agree 'mac Poly1305' mac POLY1305 -macopt "hexkey:${key:0:64}"
    once 'mac SipHash' mac SIPHASH -macopt "hexkey:${key:0:32}"
    once 'mac BLAKE2b' mac BLAKE2BMAC -macopt "hexkey:${key:0:64}"
}

derivations() {
    kdf() { say "kdf $1 $(openssl kdf -keylen 64 "${@:2}" | tr -d :)"; }
    kdf HKDF -kdfopt digest:SHA256 -kdfopt hexkey:$key -kdfopt salt:salt -kdfopt info:label HKDF
    kdf PBKDF2 -kdfopt digest:SHA512 -kdfopt pass:password -kdfopt salt:salt -kdfopt iter:2000 PBKDF2
    kdf SCRYPT -kdfopt pass:password -kdfopt salt:NaCl -kdfopt n:1024 -kdfopt r:8 -kdfopt p:2 SCRYPT
    kdf TLS1-PRF -kdfopt digest:SHA256 -kdfopt hexsecret:$key -kdfopt seed:seed TLS1-PRF
    kdf SSKDF -kdfopt digest:SHA384 -kdfopt hexkey:$key -kdfopt info:label SSKDF
    kdf X963KDF -kdfopt digest:SHA256 -kdfopt hexsecret:$key -kdfopt info:label X963KDF
    kdf KBKDF -kdfopt mac:HMAC -kdfopt digest:SHA256 -kdfopt hexkey:$key -kdfopt salt:label KBKDF
}

hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
unhex() { printf "$(sed 's/../\\x&/g')"; }

# RFC 8032 section 7.1 test 2 and 7.4 "1 octet", RFC 7748 section 5.2.
vectors() {
    echo 302e020100300506032b6570042204204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb | unhex > ed25519
    printf '\x72' > message
    say "vector Ed25519 $(openssl pkeyutl -sign -rawin -keyform DER -inkey ed25519 -in message | hex)"
    { echo 3047020100300506032b6571043b0439; echo c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e; } |
        tr -d '\n' | unhex > ed448
    printf '\x03' > message
    say "vector Ed448 $(openssl pkeyutl -sign -rawin -keyform DER -inkey ed448 -in message | hex)"
    echo 302e020100300506032b656e04220420a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4 | unhex > x25519
    echo 302a300506032b656e032100e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c | unhex > peer
    say "vector X25519 $(openssl pkeyutl -derive -keyform DER -inkey x25519 -peerform DER -peerkey peer | hex)"
    for number in 2305843009213693951 2305843009213693953 170141183460469231731687303715884105727; do
        say "vector prime $(openssl prime $number)"
    done
}

# Signatures with random numbers: only the round trip can be known.
signatures() {
    seq 1 1000 > message
    seq 1 1001 > other
    sign() {
        openssl dgst -"$2" -sign "$1" "${@:3}" -out "$1.sig" message || return
        openssl pkey -in "$1" -pubout -out "$1.pub" || return
        openssl dgst -"$2" -verify "$1.pub" "${@:3}" -signature "$1.sig" message > /dev/null || return
        ! openssl dgst -"$2" -verify "$1.pub" "${@:3}" -signature "$1.sig" other > /dev/null 2>&1
    }
    openssl genrsa -out rsa 2048 2> /dev/null
    openssl rsa -in rsa -check -noout > /dev/null 2>&1; say "rsa key $?"
    sign rsa sha256; say "rsa pkcs1 $?"
    sign rsa sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32; say "rsa pss $?"
    openssl pkeyutl -encrypt -inkey rsa -pkeyopt rsa_padding_mode:oaep -in in.64 2> /dev/null |
        openssl pkeyutl -decrypt -inkey rsa -pkeyopt rsa_padding_mode:oaep 2> /dev/null | cmp -s - in.64
    say "rsa oaep $?"
    curves='prime256v1 secp521r1 sect233k1 brainpoolP256r1'
    [ -n "$LONG" ] && curves=$(openssl ecparam -list_curves | sed -n 's/^ *\([A-Za-z0-9-]*\) *:.*/\1/p' | grep -v -e Oakley -e wap)
    for curve in $curves; do
        openssl ecparam -name "$curve" -genkey -noout -out "ec-$curve" 2> /dev/null && sign "ec-$curve" sha256
        say "ecdsa $curve $?"
    done
}

# Records of every kind of cipher suite through two processes and the kernel's TCP.
tls() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.pem \
        -subj /CN=localhost -days 3650 2> /dev/null
    seq 1 30000 > page
    openssl s_server -accept 4433 -cipher ALL:@SECLEVEL=1 -cert server.pem -key server.key -HTTP -quiet > /dev/null 2>&1 &
    server=$!
    for attempt in $(seq 50); do
        openssl s_client -connect localhost:4433 < /dev/null > /dev/null 2>&1 && break
        sleep 0.2
    done
    for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
        fetch "$suite" -tls1_3 -ciphersuites "$suite"
    done
    for suite in ECDHE-ECDSA-AES256-CCM ECDHE-ECDSA-CAMELLIA256-SHA384; do
        fetch "$suite" -tls1_2 -cipher "$suite:@SECLEVEL=1"
    done
    kill "$server"
}

fetch() {
    printf 'GET /page HTTP/1.0\r\n\r\n' |
        openssl s_client -connect localhost:4433 -CAfile server.pem -verify_return_error -ign_eof -quiet "${@:2}" 2> /dev/null > got
    tail -c "$(stat -c %s page)" got | cmp -s - page
    say "tls $1 $?"
}

jobs='signatures ciphers digests macs tls derivations vectors'
if [ $# = 0 ]; then
    printf '%s\n' $jobs | xargs -P "$(nproc)" -I{} bash "$0" {}
else
    mkdir -p "/tmp/openssl/$1" && cd "/tmp/openssl/$1" || exit
    input
    "$1"
fi
