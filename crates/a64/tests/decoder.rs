//! The decoder is total and unambiguous: each of more than ten million words (random ones, fillings of every row, and
//! those with a bit turned) is exactly one row's or UNDEFINED, and decoding never panics.

#[allow(dead_code, reason = "shared with the oracle")]
#[path = "oracle/harness/rng.rs"]
mod rng;

use rng::Rng;
use std::sync::LazyLock;
use vmapple_a64::Profile;
use vmapple_a64::decode::{Code, Row, UNDEFINED, decode_for, row, rows};
use vmapple_a64::profile::Feature;

/// Rows that a word with these bits 31:20 can belong to. Built here, not taken from the decoder.
static BY_TOP: LazyLock<Vec<Vec<(Code, &'static Row)>>> = LazyLock::new(|| {
    let fits = |top: u32, r: &Row| (r.value ^ top << 20) & r.mask & 0xfff0_0000 == 0;
    (0..1 << 12).map(|top| rows().skip(2).filter(|(_, r)| fits(top, r)).collect()).collect()
});

/// Checks one word on one core; whether it is allocated.
fn check(profile: Profile, word: u32) -> bool {
    let op = decode_for(profile, word);
    let takers = BY_TOP[(word >> 20) as usize]
        .iter()
        .filter(|(_, r)| word & r.mask == r.value && profile.has(r.feature) && (r.fields)(word).is_some())
        .collect::<Vec<_>>();
    let Some((code, taker)) = takers.iter().max_by_key(|(_, r)| (r.mask.count_ones(), r.feature != Feature::Baseline))
    else {
        assert_eq!(op.code, UNDEFINED, "{word:08x}: {} takes what no row has", row(op.code).name);
        return false;
    };
    assert_eq!(op.code, *code, "{word:08x}: {} instead of {}", row(op.code).name, taker.name);
    // A word in several rows is a special case within a general one, such as PACIASP within HINT. Anything else would
    // leave the choice to the order of the table.
    for (other, r) in takers.iter().filter(|(c, _)| c != code) {
        // Or what an extension makes of a word of the base.
        let extended = taker.feature != Feature::Baseline && r.feature == Feature::Baseline;
        let narrower = taker.mask & r.mask == r.mask && (taker.mask != r.mask || extended);
        assert!(narrower, "{word:08x} is both {} and {} (code {})", taker.name, r.name, other.0);
    }
    assert_eq!(vmapple_a64::decode::Op { code: *code, ..(taker.fields)(word).unwrap_or_default() }, op, "{word:08x}");
    true
}

#[test]
fn every_word_is_exactly_one_row_or_undefined() {
    let mut rng = Rng(0x6465_636f_6465);
    let (mut words, mut allocated) = (0u64, 0u64);
    let mut tally = |word: u32| {
        words += 1;
        allocated += Profile::ALL.iter().map(|profile| u64::from(check(*profile, word))).max().unwrap_or_default();
    };
    for _ in 0..3_000_000 {
        tally(rng.next() as u32);
    }
    for (_, r) in rows().skip(2) {
        for _ in 0..2_500 {
            let noise = rng.next();
            let filled = noise as u32 & !r.mask | r.value;
            tally(filled);
            // One bit turned, of the fixed ones or of a field.
            tally(filled ^ 1 << (noise >> 32 & 31));
            // Two fixed bits turned: next to a neighbour.
            tally(filled ^ (1 << (noise >> 37 & 31)) ^ (1 << (noise >> 42 & 31)));
        }
    }
    // Every word whose upper and lower halves are taken from the edges.
    for upper in 0..=0xffffu32 {
        for lower in [0, 1, 0x1f, 0x3ff, 0x7c00, 0xfc1f, 0xffff] {
            tally(upper << 16 | lower);
        }
    }
    assert!(words > 10_000_000, "{words}");
    // Neither nothing nor everything is an instruction.
    assert!((words / 4..words * 9 / 10).contains(&allocated), "{allocated} of {words}");
}
