//! Whether two outcomes agree, and how they differ.

use super::case::{Case, End, Outcome};
use super::deviations;
use super::exclude::is_store_exclusive;
use super::generate::is_branch;
use std::fmt::Write;
use std::process::Command;
use vmapple_a64::Profile;
use vmapple_a64::decode::{UNDEFINED, decode, decode_for, row};

/// Whether our outcome is acceptable. `Ok(Some(reason))` is a known deviation.
pub(crate) fn judge(case: &Case, ours: &Outcome, theirs: &Outcome) -> Result<Option<&'static str>, ()> {
    let (mut ours, mut theirs) = (ours.clone(), theirs.clone());
    if ours.pc != case.pc() + 4 * case.words.len() as u64 {
        hide_codes(case, &mut ours);
        hide_codes(case, &mut theirs);
    }
    let ours = &ours;
    if matches!(ours.end, End::Fault(_) | End::Misaligned(_)) && ours.end == theirs.end && ours.pc == theirs.pc {
        // The architecture lets an access that faults half-way leave some registers and memory changed; ours must leave
        // everything as it was. (A fetch fault after a branch, or of a later word, is not concerned.)
        if ours.pc == case.pc() && !loops(case) {
            theirs.registers = case.registers();
            theirs.memory.clear();
        } else {
            theirs.memory.clone_from(&ours.memory);
        }
    }
    if *ours == theirs {
        return Ok(None);
    }
    let at = ours.pc.wrapping_sub(case.pc()) / 4;
    let stopped = usize::try_from(at).ok().and_then(|at| case.words.get(at));
    let name = stopped.map_or("nothing", |w| row(decode(*w).code).name);
    deviations::known(name, ours, &theirs, case).map(Some).ok_or(())
}

/// Whether a branch leads back.
fn loops(case: &Case) -> bool {
    case.words.iter().any(|w| is_branch(*w) && (decode(*w).imm as i64) < 0)
}

/// A case that ends early leaves pointers with their authentication codes, which are each side's own: the bits that may hold
/// one, in the registers that are signed.
fn hide_codes(case: &Case, outcome: &mut Outcome) {
    for w in &case.words {
        let op = decode(*w);
        let name = row(op.code).name;
        if (name.starts_with("PACI") || name.starts_with("PACD"))
            && let Some(x) = outcome.registers.x.get_mut(usize::from(op.rd))
        {
            *x &= u64::MAX >> 16;
        }
    }
}

/// Name of the row under test: the store of an exclusive pair, otherwise the first word.
pub(crate) fn name_of(case: &Case) -> &'static str {
    let names = || case.words.iter().map(|w| name(*w));
    names().find(|n| is_store_exclusive(n)).or_else(|| names().next()).unwrap_or("nothing")
}

/// The row of a word: the baseline's, or what an M2 adds.
fn name(w: u32) -> &'static str {
    let m1 = decode(w).code;
    row(if m1 == UNDEFINED { decode_for(Profile::M2, w).code } else { m1 }).name
}

/// A readable account of a difference.
pub(crate) fn describe(case: &Case, ours: &Outcome, theirs: &Outcome) -> String {
    let mut t = String::new();
    let before = case.registers();
    for w in &case.words {
        let _ = writeln!(t, "{:08x}  {:<14} {}", w, name(*w), disassemble(*w));
    }
    let _ = writeln!(t, "  seed {:#x} slot {} set {:x?}", case.seed, case.slot, case.set);
    if ours.end != theirs.end || ours.pc != theirs.pc {
        let (a, b) = (ours.pc.wrapping_sub(case.pc()), theirs.pc.wrapping_sub(case.pc()));
        let _ = writeln!(
            t,
            "  end    ours {:x?} at start+{a:#x}\n       oracle {:x?} at start+{b:#x}",
            ours.end, theirs.end
        );
    }
    let mut line = |what: &str, was: u128, a: u128, b: u128| {
        if a != b {
            let _ = writeln!(t, "  {what:<6} was {was:#034x}\n         ours {a:#034x}\n       oracle {b:#034x}");
        } else if a != was {
            let _ = writeln!(t, "  {what:<6} was {was:#x} now {a:#x}");
        } else if used(case, what) {
            let _ = writeln!(t, "  {what:<6} is  {was:#x}");
        }
    };
    for i in 0..31 {
        let (w, a, b) = (before.x[i], ours.registers.x[i], theirs.registers.x[i]);
        line(&format!("x{i}"), w.into(), a.into(), b.into());
    }
    let r = (&before, &ours.registers, &theirs.registers);
    line("sp", r.0.sp.into(), r.1.sp.into(), r.2.sp.into());
    line("nzcv", r.0.nzcv.into(), r.1.nzcv.into(), r.2.nzcv.into());
    line("fpcr", r.0.fpcr.into(), r.1.fpcr.into(), r.2.fpcr.into());
    line("fpsr", r.0.fpsr.into(), r.1.fpsr.into(), r.2.fpsr.into());
    for i in 0..32 {
        line(&format!("v{i}"), before.v[i], ours.registers.v[i], theirs.registers.v[i]);
    }
    if ours.memory != theirs.memory {
        let _ = writeln!(t, "  memory ours {:x?}\n       oracle {:x?}", ours.memory, theirs.memory);
    }
    t
}

/// Whether a register is named in a five-bit field of one of the words; V registers only where words can use them.
fn used(case: &Case, what: &str) -> bool {
    let named = |n: u32| case.words.iter().any(|w| [0, 5, 10, 16].iter().any(|s| w >> s & 31 == n));
    let simd = case.words.iter().any(|w| w >> 25 & 5 == 4 && w >> 26 & 1 == 1 || w >> 25 & 7 == 7);
    match what {
        "sp" => named(31),
        "nzcv" => true,
        "fpcr" | "fpsr" => simd,
        _ => (simd || what.starts_with('x')) && what[1..].parse().is_ok_and(named),
    }
}

/// What binutils calls a word; empty without them.
pub(crate) fn disassemble(w: u32) -> String {
    let file = std::env::temp_dir().join(format!("a64-oracle-{}.bin", std::process::id()));
    let run = || -> Option<String> {
        std::fs::write(&file, w.to_le_bytes()).ok()?;
        let out = Command::new("aarch64-linux-gnu-objdump")
            .args(["-D", "-b", "binary", "-m", "aarch64"])
            .arg(&file)
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let last = text.lines().rev().find(|l| l.trim_start().starts_with("0:"))?;
        Some(last.split('\t').skip(2).collect::<Vec<_>>().join(" "))
    };
    let text = run().unwrap_or_default();
    let _ = std::fs::remove_file(&file);
    text
}
