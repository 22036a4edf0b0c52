//! Cryptographic extension: AES, SHA-1, SHA-256, SHA-512, SHA-3. C4.1.96.

use super::fields::raw;
use super::table;
use crate::interp::{crypto_aes as a, crypto_sha as s};

table! { base crate::decode::simd_elem::code::END;
    AESE      "0100 1110 0010 1000 0100 10 nnnnn ddddd"     raw, a::aese;
    AESD      "0100 1110 0010 1000 0101 10 nnnnn ddddd"     raw, a::aesd;
    AESMC     "0100 1110 0010 1000 0110 10 nnnnn ddddd"     raw, a::aesmc;
    AESIMC    "0100 1110 0010 1000 0111 10 nnnnn ddddd"     raw, a::aesimc;
    SHA1C     "0101 1110 000 mmmmm 0000 00 nnnnn ddddd"     raw, s::sha1::<{ s::CHOOSE }>;
    SHA1P     "0101 1110 000 mmmmm 0001 00 nnnnn ddddd"     raw, s::sha1::<{ s::PARITY }>;
    SHA1M     "0101 1110 000 mmmmm 0010 00 nnnnn ddddd"     raw, s::sha1::<{ s::MAJORITY }>;
    SHA1SU0   "0101 1110 000 mmmmm 0011 00 nnnnn ddddd"     raw, s::sha1su0;
    SHA256H   "0101 1110 000 mmmmm 0100 00 nnnnn ddddd"     raw, s::sha256h;
    SHA256H2  "0101 1110 000 mmmmm 0101 00 nnnnn ddddd"     raw, s::sha256h2;
    SHA256SU1 "0101 1110 000 mmmmm 0110 00 nnnnn ddddd"     raw, s::sha256su1;
    SHA1H     "0101 1110 0010 1000 0000 10 nnnnn ddddd"     raw, s::sha1h;
    SHA1SU1   "0101 1110 0010 1000 0001 10 nnnnn ddddd"     raw, s::sha1su1;
    SHA256SU0 "0101 1110 0010 1000 0010 10 nnnnn ddddd"     raw, s::sha256su0;
    SHA512H   "1100 1110 011 mmmmm 1000 00 nnnnn ddddd"     raw, s::sha512h;
    SHA512H2  "1100 1110 011 mmmmm 1000 01 nnnnn ddddd"     raw, s::sha512h2;
    SHA512SU1 "1100 1110 011 mmmmm 1000 10 nnnnn ddddd"     raw, s::sha512su1;
    RAX1      "1100 1110 011 mmmmm 1000 11 nnnnn ddddd"     raw, s::rax1;
    SHA512SU0 "1100 1110 1100 0000 1000 00 nnnnn ddddd"     raw, s::sha512su0;
    EOR3      "1100 1110 000 mmmmm 0 aaaaa nnnnn ddddd"     raw, s::eor3;
    BCAX      "1100 1110 001 mmmmm 0 aaaaa nnnnn ddddd"     raw, s::bcax;
    XAR       "1100 1110 100 mmmmm iiiiii nnnnn ddddd"      raw, s::xar;
}
