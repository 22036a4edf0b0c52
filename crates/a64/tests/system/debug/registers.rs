//! Debug registers (Arm ARM D19.3).

use super::*;
use crate::machine::CODE;

/// What an `MRS` into X0 gives at this level, or the exception class and ISS.
fn read(m: &mut Machine, el: u8, word: u32) -> Result<u64, (u64, u64)> {
    m.words(CODE, &[word, 0xd400_0001]);
    let s = stop_from(m, CODE, |s| {
        s.set_el(el, el == 1);
        s.x[0] = 0xdead;
    });
    if s.class == 0x15 { Ok(m.cpu.state.x[0]) } else { Err((s.class, s.iss)) }
}

/// Executes an `MSR` from X2.
fn write(m: &mut Machine, word: u32, value: u64) {
    m.words(CODE, &[word, 0xd400_0001]);
    assert_eq!(stop_from(m, CODE, |s| (s.x[2], s.pstate.daif) = (value, 0x3c0)).class, 0x15, "{word:x}");
}

#[test]
fn registers_hold_the_bits_that_exist() {
    let mut m = machine(0);
    // (MSR from X2, MRS into X0, what all ones become)
    let table = [
        (0xd510_0082, 0xd530_0080, !3),                       // DBGBVR0_EL1
        (0xd510_0182, 0xd530_0180, u64::MAX),                 // DBGBVR1_EL1: also contexts
        (0xd510_00a2, 0xd530_00a0, 0x00ff_e1e7),              // DBGBCR0_EL1
        (0xd510_01a2, 0xd530_01a0, 0x00ff_e1e7),              // DBGBCR1_EL1
        (0xd510_00c2, 0xd530_00c0, !3),                       // DBGWVR0_EL1
        (0xd510_00e2, 0xd530_00e0, 0x1f1f_ffff),              // DBGWCR0_EL1
        (0xd510_0202, 0xd530_0200, 0x6000_0000),              // MDCCINT_EL1
        (0xd510_0242, 0xd530_0240, SS | 1 << 12 | KDE | MDE), // MDSCR_EL1, unlocked
        (0xd510_1382, 0xd530_1380, 1),                        // OSDLR_EL1
        (0xd510_1482, 0xd530_1480, 1),                        // DBGPRCR_EL1
        (0xd510_78c2, 0xd530_78c0, 0xff),                     // DBGCLAIMSET_EL1
    ];
    for (msr, mrs, ones) in table {
        let mut m = machine(0);
        write(&mut m, msr, u64::MAX);
        m.set(|s| s.sys.mdscr_el1 &= !SS);
        let expected = if msr == 0xd510_0242 { ones & !SS } else { ones };
        assert_eq!(read(&mut m, 1, mrs), Ok(expected), "{msr:x}");
    }
    assert_eq!(read(&mut m, 1, 0xd530_01a0), Ok(0x1e0), "BAS is RES1");
    // Claim tags: set, shown by CLR, cleared one by one.
    write(&mut m, 0xd510_78c2, 0x35);
    write(&mut m, 0xd510_79c2, 0x11);
    assert_eq!(read(&mut m, 1, 0xd530_79c0), Ok(0x24));
    // DBGAUTHSTATUS_EL1, MDRAR_EL1, and no third breakpoint (DBGBVR2_EL1).
    assert_eq!(read(&mut m, 1, 0xd530_7ec0), Ok(0b1010));
    assert_eq!(read(&mut m, 1, 0xd530_1000), Ok(0));
    assert_eq!(read(&mut m, 1, 0xd530_0280), Err((0, 0)));
    assert_eq!(read(&mut m, 0, 0xd530_0080), Err((0, 0)), "EL0");
}

#[test]
fn the_os_lock_opens_what_belongs_to_an_external_debugger() {
    let mut m = machine(0);
    assert_eq!(read(&mut m, 1, 0xd530_1180), Ok(8), "OSLSR_EL1: there, unlocked");
    write(&mut m, 0xd510_1082, 1);
    assert_eq!(read(&mut m, 1, 0xd530_1180), Ok(10));
    write(&mut m, 0xd510_0242, 1 << 29 | 1 << 14 | 1 << 6);
    write(&mut m, 0xd510_1082, 0);
    write(&mut m, 0xd510_0242, 0);
    assert_eq!(read(&mut m, 1, 0xd530_0240), Ok(1 << 29 | 1 << 14 | 1 << 6), "read-only again");
}

#[test]
fn the_channel_works_at_el0_unless_trapped() {
    let mut m = machine(0);
    // MSR DBGDTRTX_EL0, X2; MDCCSR_EL0.TXfull.
    assert_eq!(read(&mut m, 0, 0xd533_0100), Ok(0));
    write(&mut m, 0xd513_0502, 0x1_2345_6789);
    assert_eq!(read(&mut m, 0, 0xd533_0100), Ok(1 << 29));
    assert_eq!(read(&mut m, 1, 0xd530_0340), Ok(0x2345_6789), "OSDTRTX_EL1");
    // DBGDTR_EL0: half duplex.
    write(&mut m, 0xd513_0402, 0xaaaa_bbbb_cccc_dddd);
    assert_eq!(read(&mut m, 1, 0xd530_0040), Ok(0xaaaa_bbbb), "OSDTRRX_EL1");
    assert_eq!(read(&mut m, 0, 0xd533_0400), Ok(0xcccc_dddd_aaaa_bbbb));
    m.set(|s| s.sys.mdscr_el1 |= 1 << 12);
    let iss = |op1: u64, crm: u64| 2 << 20 | op1 << 14 | crm << 1 | 1;
    assert_eq!(read(&mut m, 0, 0xd533_0100), Err((0x18, iss(3, 1))));
    assert_eq!(read(&mut m, 0, 0xd533_0500), Err((0x18, iss(3, 5))));
    assert!(read(&mut m, 1, 0xd533_0100).is_ok(), "EL1 is not trapped");
}
