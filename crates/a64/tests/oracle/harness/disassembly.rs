//! The decoder against binutils: is a word allocated, and to which mnemonic?

use super::exclude;
use std::collections::BTreeMap;
use std::process::Command;
use vmapple_a64::Profile;
use vmapple_a64::decode::{UNDEFINED, decode_for, row};

/// Mnemonics of words, `None` where binutils knows no instruction.
pub(crate) fn mnemonics(words: &[u32]) -> Vec<Option<String>> {
    let file = std::env::temp_dir().join(format!("a64-decode-{}.bin", std::process::id()));
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    std::fs::write(&file, bytes).expect("a temporary file");
    let out = Command::new("aarch64-linux-gnu-objdump")
        .args(["-D", "-z", "-M", "no-aliases", "-b", "binary", "-m", "aarch64"])
        .arg(&file)
        .output()
        .expect("aarch64-linux-gnu-objdump starts");
    let _ = std::fs::remove_file(&file);
    let text = String::from_utf8_lossy(&out.stdout);
    let lines = text.lines().filter(|l| l.contains(":\t"));
    let out: Vec<_> = lines
        .map(|l| {
            let m = l.split('\t').nth(2).unwrap_or(".inst").trim();
            (m != ".inst" && !l.contains("undefined")).then(|| m.to_string())
        })
        .collect();
    assert_eq!(out.len(), words.len(), "one line of disassembly for each word");
    out
}

/// Words that this comparison says nothing about: SVE and SME, and the reserved space of UDF.
pub(crate) fn out_of_scope(w: u32) -> bool {
    matches!(w >> 25 & 15, 0b0000 | 0b0010)
}

/// Mnemonics of extensions that no core here has (`spec/cpu-engine.md` 2.3), and of Debug state.
const NOT_ADVERTISED: &str = "addg subg irg gmi subp subps stg st2g stzg stz2g ldg stgm ldgm stzgm stgp \
    ldlar ldlarb ldlarh stllr stllrb stllrh ld64b st64b st64bv st64bv0 dcps1 dcps2 dcps3 drps tstart tcommit tcancel ttest wfet wfit \
    sm3ss1 sm3tt1a sm3tt1b sm3tt2a sm3tt2b sm3partw1 sm3partw2 sm4e sm4ekey";

/// Mnemonics that an M2 adds.
const M2: &str = "bfdot bfcvt bfcvtn bfcvtn2 bfmlalb bfmlalt bfmmla sudot usdot smmla ummla usmmla";

/// FEAT_CSSC, whose mnemonics vector instructions have too.
const CSSC: &str = "abs cnt ctz smax smin umax umin";

/// Why a word that binutils names may be UNDEFINED here, if it may.
fn absent(profile: Profile, w: u32, m: &str) -> bool {
    let later = profile == Profile::M1 && M2.split_whitespace().any(|n| n == m);
    // FEAT_MOPS: cpyfp..., setp... and their many options; FEAT_HBC.
    let mops = m.starts_with("cpy") || (m.starts_with("set") && !m.starts_with("setf"));
    // FEAT_XS: DSB with nXS.
    let xs = w & 0xffff_f3ff == 0xd503_323f;
    // Binutils prints the unallocated op0 == 0 space as MSR and MRS.
    let op0_zero = w & 0xffd8_0000 == 0xd500_0000 && (m == "msr" || m == "mrs");
    let general = w >> 25 & 7 != 7;
    let cssc = general && CSSC.split_whitespace().any(|n| n == m);
    // FMLAL and its relatives with bit 22 set: reserved in the manual, printed by binutils.
    let fmlal = (m.starts_with("fmlal") || m.starts_with("fmlsl")) && w >> 22 & 1 == 1;
    later
        || mops
        || cssc
        || fmlal
        || m.starts_with("bc.")
        || xs
        || op0_zero
        || NOT_ADVERTISED.split_whitespace().any(|n| n == m)
}

/// Why a word that binutils does not know may have a row here, if it may: the row ignores should-be-one fields of
/// exclusive and ordered accesses, and other CONSTRAINED UNPREDICTABLE combinations.
fn tolerated(name: &str, w: u32) -> bool {
    let exclusives = w & 0x3f00_0000 == 0x0800_0000;
    exclusives || exclude::word(name, w) == Some("CONSTRAINED UNPREDICTABLE")
}

/// Mnemonics that a row's name promises: their beginnings.
fn promised(name: &str, w: u32) -> Vec<String> {
    let base = name.split('_').next().unwrap_or(name).to_lowercase();
    let these = |s: &[&str]| s.iter().map(|m| (*m).to_string()).collect();
    match name {
        "B_COND" => these(&["b."]),
        "MSR_IMM" => these(&["msr", "smst"]),
        "MSR_REG" => these(&["msr"]),
        "MOV_REG_X" => these(&["orr"]),
        n if n.starts_with("LD1_ST1") || n.starts_with("LD_MULT") || n.starts_with("LD_ONE") => {
            these(&["ld1", "ld2", "ld3", "ld4", "st1", "st2", "st3", "st4"])
        }
        n if n.starts_with("CASP") => these(&["casp"]),
        n if n.starts_with("CAS") => these(&["cas"]),
        // Without aliases, what is in the hint space is a hint.
        _ if w & 0xffff_f01f == 0xd503_201f => these(&["hint"]),
        _ => vec![base],
    }
}

/// Compares words; for each kind of difference, its count and the first words.
pub(crate) fn check(profile: Profile, words: &[u32], differences: &mut BTreeMap<String, (usize, Vec<u32>)>) {
    for (w, theirs) in words.iter().zip(mnemonics(words)) {
        if out_of_scope(*w) {
            continue;
        }
        let code = decode_for(profile, *w).code;
        let name = row(code).name;
        let what = match (code == UNDEFINED, &theirs) {
            (true, None) => continue,
            (true, Some(m)) if absent(profile, *w, m) => continue,
            (true, Some(m)) => format!("UNDEFINED here, {m} there"),
            (false, None) if tolerated(name, *w) => continue,
            (false, None) => format!("{name} here, unallocated there"),
            (false, Some(m)) if promised(name, *w).iter().any(|p| m.starts_with(p.as_str())) => continue,
            (false, Some(m)) => format!("{name} here, {m} there"),
        };
        let e = differences.entry(what).or_default();
        e.0 += 1;
        if e.1.len() < 3 {
            e.1.push(*w);
        }
    }
}
