//! Accesses that cross pages, devices, alignment, ROM.

use crate::machine::{DATA, DEVICE, Machine, RO, ROM, upper};

fn two_pages(second: Option<u64>) -> Machine {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, 0);
    if let Some(attributes) = second {
        m.map(upper(16) + 0x1000, DATA + 0x5000, attributes);
    }
    m.put(DATA + 0xff8, 0x1111_2222_3333_4444);
    m.put(DATA + 0x5000, 0x5555_6666_7777_8888);
    m
}

#[test]
fn a_load_across_pages_joins_both() {
    let mut m = two_pages(Some(0));
    m.set(|s| s.x[1] = upper(16) + 0xffc);
    assert!(m.run(&[0xf940_0020]));
    assert_eq!(m.cpu.state.x[0], 0x7777_8888_1111_2222);
}

#[test]
fn a_fault_on_the_second_page_changes_nothing_and_reports_its_first_byte() {
    // LDR X0, [X1], #8; LDP X2, X3, [X1], #16; STR X0, [X1], #8; STP X2, X3, [X1], #16; LDR Q0, [X1], #16;
    // STP Q0, Q1, [X1], #32; LD1 {V0.16B-V3.16B}, [X1], #64; ST1 the same
    let words =
        [0xf840_8420, 0xa8c1_0c22, 0xf800_8420, 0xa881_0c22, 0x3cc1_0420, 0xac81_0420, 0x4cdf_2020, 0x4c9f_2020];
    for (i, word) in words.into_iter().enumerate() {
        let store = matches!(i, 2 | 3 | 5 | 7);
        for second in [None, Some(RO)] {
            if second.is_some() && !store {
                continue;
            }
            for back in 1..8 {
                let mut m = two_pages(second);
                let va = upper(16) + 0x1000 - back;
                m.set(|s| {
                    for i in 0..31 {
                        s.x[i] = 0xabcd_0000 + i as u64;
                    }
                    s.v[0] = 0x1234;
                    s.x[1] = va;
                });
                let (x, v) = (m.cpu.state.x, m.cpu.state.v);
                assert!(!m.run(&[word]), "{word:x}");
                let s = &m.cpu.state;
                assert_eq!((s.x, s.v), (x, v), "{word:x}: registers");
                assert_eq!(s.sys.far_el1, upper(16) + 0x1000, "{word:x} {back}");
                assert_eq!(m.esr() >> 6 & 1, u64::from(store));
                assert_eq!(m.status(), if second.is_some() { 0xf } else { 7 });
                assert_eq!(m.get(DATA + 0xff8), 0x1111_2222_3333_4444, "{word:x}: no partial store");
            }
        }
    }
}

#[test]
fn unaligned_atomics_and_ordered_accesses_work_within_16_bytes_only() {
    // LDADD X2, X0, [X1]; LDAR X0, [X1]; STLR X0, [X1]; CAS X0, X2, [X1]; SWP X2, X0, [X1]; LDAPR X0, [X1]
    // LDXR X0, [X1]; STXR W3, X0, [X1]; LDXP W0, W4, [X1]; CASP W0, W1, W2, W3, [X1]
    let plain = [0xf822_0020u32, 0xc8df_fc20, 0xc89f_fc20, 0xc8a0_7c22, 0xf822_8020, 0xf8bf_c020];
    let exclusive_and_pairs = [0xc85f_7c20, 0xc803_7c20, 0x887f_1020, 0x0820_7c22];
    for word in plain.into_iter().chain(exclusive_and_pairs) {
        for offset in 0..16u64 {
            let mut m = two_pages(None);
            m.set(|s| s.x[1] = upper(16) + 0x40 + offset);
            let ok = m.run(&[word]);
            assert_eq!(ok, offset <= 8, "{word:x} at {offset}");
            if !ok {
                assert_eq!((m.class(), m.status()), (0x25, 0x21));
            }
            // Where nothing is mapped, alignment is looked at first.
            m.set(|s| s.x[1] = upper(16) + 0x5040 + offset);
            assert!(!m.run(&[word]));
            assert_eq!(m.status(), if offset <= 8 { 7 } else { 0x21 }, "{word:x} at {offset}, unmapped");
        }
    }
}

#[test]
fn naa_lets_ordered_accesses_cross_16_bytes_but_not_atomics() {
    let mut m = two_pages(None);
    m.set(|s| {
        s.sys.sctlr_el1 |= 1 << 6;
        s.x[1] = upper(16) + 0x4d;
    });
    // STLR X0, [X1]; LDAR X0, [X1]; LDAPR X0, [X1]; LDAPUR X0, [X1]; STLUR X0, [X1]
    assert!(m.run(&[0xc89f_fc20, 0xc8df_fc20, 0xf8bf_c020, 0xd940_0020, 0xd900_0020]));
    // LDADD X2, X0, [X1]; LDXR X0, [X1]; STXR W3, X0, [X1]; CAS X0, X2, [X1]
    for word in [0xf822_0020, 0xc85f_7c20, 0xc803_7c20, 0xc8a0_7c22] {
        assert!(!m.run(&[word]), "{word:x}");
        assert_eq!((m.class(), m.status()), (0x25, 0x21), "{word:x}");
    }
}

/// DDI 0487, "Constraints on UNPREDICTABLE behavior", encodings with (1) fields that hold zeros: "executes as if the value
/// of the bit is as expected" is one of the choices.
#[test]
fn should_be_one_fields_of_exclusive_and_ordered_accesses_are_ignored() {
    // LDXR X0, [X1]; STXR W3, X0, [X1]; LDAR X0, [X1]; STLR X0, [X1] with Rt2, then Rs of zero where it is (1)(1)(1)(1)(1).
    let (t2, s) = (31 << 10, 31 << 16);
    for (word, fields) in [(0xc85f_7c20u32, t2 | s), (0xc803_7c20, t2), (0xc8df_fc20, t2 | s), (0xc89f_fc20, t2 | s)] {
        let outcome = |word| {
            let mut m = two_pages(None);
            m.set(|s| (s.x[0], s.x[1]) = (0x55, upper(16) + 0x40));
            let ok = m.run(&[0xc85f_7c24, word]);
            (ok, m.cpu.state.x, m.get(DATA + 0x40))
        };
        let expected = outcome(word);
        assert!(expected.0);
        for clear in [t2 & fields, s & fields, fields] {
            assert_eq!(outcome(word & !clear), expected, "{word:x} without {clear:x}");
        }
    }
}

#[test]
fn an_unaligned_exclusive_pair_of_instructions_works_as_an_aligned_one() {
    let mut m = two_pages(None);
    m.set(|s| (s.x[0], s.x[1]) = (0x1234_5678_9abc_def0, upper(16) + 0x43));
    // LDXR X2, [X1]; STXR W3, X0, [X1]; LDR X4, [X1]
    assert!(m.run(&[0xc85f_7c22, 0xc803_7c20, 0xf940_0024]));
    assert_eq!((m.cpu.state.x[3], m.cpu.state.x[4]), (0, 0x1234_5678_9abc_def0));
    // With SCTLR_EL1.A nothing may be unaligned; sixteen bytes never may.
    m.set(|s| s.x[1] = upper(16) + 0x48);
    assert!(!m.run(&[0xc87f_1020]));
    assert_eq!(m.status(), 0x21);
    m.set(|s| (s.x[1], s.sys.sctlr_el1) = (upper(16) + 0x43, s.sys.sctlr_el1 | 2));
    assert!(!m.run(&[0xc85f_7c22]));
    assert_eq!(m.status(), 0x21);
}

#[test]
fn strict_alignment_is_checked_before_translation() {
    let mut m = two_pages(None);
    m.set(|s| {
        s.sys.sctlr_el1 |= 2;
        s.x[1] = upper(16) + 0x5001;
    });
    assert!(!m.run(&[0xf940_0020]));
    assert_eq!(m.status(), 0x21);
}

#[test]
fn device_memory_refuses_misaligned_accesses() {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, DEVICE);
    for (offset, ok) in [(0, true), (4, false), (1, false)] {
        m.set(|s| s.x[1] = upper(16) + offset);
        assert_eq!(m.run(&[0xf940_0020]), ok);
        if !ok {
            assert_eq!(m.status(), 0x21);
        }
    }
    // DC ZVA, X1
    m.set(|s| s.x[1] = upper(16));
    assert!(!m.run(&[0xd50b_7421]));
    assert_eq!(m.status(), 0x21);
}

#[test]
fn nothing_writes_rom() {
    let rom = |m: &Machine| m.get(ROM + 0x100);
    // STR X0, [X1]; LDADD X2, X0, [X1]; SWP; CAS X3, X2, [X1]; CASP X4, X5, X6, X7, [X1]; DC ZVA, X1;
    // LDXR X0, [X1] with STXR W3, X2, [X1]
    let programs: [&[u32]; 7] = [
        &[0xf900_0020],
        &[0xf822_0020],
        &[0xf822_8020],
        &[0xc8a3_7c22],
        &[0x4824_7c26],
        &[0xd50b_7421],
        &[0xc85f_7c20, 0xc803_7c22],
    ];
    for program in programs {
        let mut m = Machine::standard();
        m.put(ROM + 0x100, 0);
        m.set(|s| {
            s.x[..16].fill(0);
            (s.x[0], s.x[2], s.x[6]) = (5, 7, 9);
            s.x[1] = ROM + 0x100;
        });
        m.put(ROM + 0x108, 3);
        m.run(program);
        assert_eq!((rom(&m), m.get(ROM + 0x108)), (0, 3), "{program:x?}");
    }
}

#[test]
fn an_atomic_to_a_read_only_page_reports_a_write() {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, RO);
    m.set(|s| s.x[1] = upper(16));
    assert!(!m.run(&[0xf822_0020]));
    assert_eq!((m.status(), m.esr() >> 6 & 1), (0xf, 1));
    // Where a read would fault too, it reports a read.
    m.set(|s| s.x[1] = upper(16) + 0x1000);
    assert!(!m.run(&[0xf822_0020]));
    assert_eq!((m.status(), m.esr() >> 6 & 1), (7, 0));
}

#[test]
fn structure_accesses_align_to_their_elements() {
    // LD1 {V0.16B}, [X1]; ST1 {V0.16B}, [X1]; LD1 {V0.8H}, [X1]; ST1 {V0.8H}, [X1]
    for (word, offset, allowed) in [
        (0x4c40_7020, 1, true),
        (0x4c00_7020, 1, true),
        (0x4c40_7420, 1, false),
        (0x4c40_7420, 2, true),
        (0x4c00_7420, 1, false),
        (0x4c00_7420, 2, true),
    ] {
        let mut m = Machine::standard();
        m.map(upper(16), DATA, 0);
        m.set(|s| {
            s.sys.cpacr_el1 = 3 << 20;
            s.sys.sctlr_el1 |= 2; // A
            s.x[1] = upper(16) + 0x40 + offset;
        });
        assert_eq!(m.run(&[word]), allowed, "{word:#x} at {offset}");
    }
}

#[test]
fn exclusives_and_pairs_may_be_misaligned_within_sixteen_bytes() {
    for (offset, strict, allowed) in [(3, false, true), (8, false, true), (9, false, false), (3, true, false)] {
        // LDXR X0, [X1] and STXR W2, X3, [X1]; CASP W4, W5, W6, W7, [X1]
        for words in [&[0xc85f_7c20, 0xc802_7c23][..], &[0x0824_7c26]] {
            let mut m = Machine::standard();
            m.map(upper(16), DATA, 0);
            m.set(|s| {
                s.sys.sctlr_el1 |= u64::from(strict) << 1;
                s.x[1] = upper(16) + offset;
                s.x[2] = 9;
                s.x[3] = 0x1122_3344_5566_7788;
                (s.x[6], s.x[7]) = (0x5566_7788, 0x1122_3344);
            });
            assert_eq!(m.run(words), allowed, "{words:x?} at {offset}");
            if allowed {
                let at = DATA + offset;
                let (low, high) = (m.get(at & !7), m.get((at & !7) + 8));
                let all = u128::from(low) | u128::from(high) << 64;
                assert_eq!((all >> (8 * (at & 7))) as u64, 0x1122_3344_5566_7788, "{words:x?} at {offset}");
            } else {
                assert_eq!((m.class(), m.status(), m.esr() >> 6 & 1), (0x25, 0x21, 0), "{words:x?} at {offset}");
            }
        }
    }
}
