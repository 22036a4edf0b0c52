//! One block: from instruction words to host code.
//!
//! A block is a straight line: it goes on through branches that are not taken, and ends at an unconditional branch, at an
//! instruction that may change what code depends on, at the end of the guest page (the next page may fault), or at
//! [`LONGEST`] instructions.

use crate::asm::{Alu, Asm, CC_NE, RAX};
use crate::emit::{Emitter, Exit, Next, ends_block, reads_nzcv};
use crate::enter::{GUARD, Routines};
use crate::frame::guard_mem;
use crate::liveness::{FlagUse, flag_use};
use crate::mode::Mode;
use crate::switches::Switches;
use vmapple_a64::decode::{branch_sys_code as b, decode};
use vmapple_a64::{Cpu, Op};

/// Most instructions in a block.
const LONGEST: usize = 128;
/// Instructions that a search for the next setting of NZCV looks at.
const LOOK_AHEAD: usize = 16;
const PAGE: u64 = 4096;

/// What a block is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// Virtual address of its first instruction.
    pub(crate) pc: u64,
    /// Offset in guest memory of its page.
    pub(crate) page: usize,
    pub(crate) mode: Mode,
    /// Number of its page object, for the guard.
    pub(crate) page_id: u32,
    /// Its own number.
    pub(crate) block: u32,
    /// Number of its first link.
    pub(crate) first_link: u32,
}

/// What came out, beside the bytes in the assembler: offsets from their start.
#[derive(Debug)]
pub(crate) struct Translated {
    /// Entry that checks nothing.
    pub(crate) body: u32,
    /// Instructions.
    pub(crate) words: u16,
    pub(crate) exits: Vec<Exit>,
}

/// Translates the block at `source.pc` into `asm`, whose origin is where the code will lie.
pub(crate) fn translate(
    cpu: &Cpu,
    asm: &mut Asm,
    routines: Routines,
    switches: Switches,
    source: Source,
    ops: &mut Vec<Op>,
) -> Translated {
    let page = Words { cpu, page: source.page, base: source.pc & !(PAGE - 1) };
    collect(&page, source.pc, switches, ops);
    let (after, target) = liveness(&page, source.pc, ops);

    // Guarded entry: is this page object still what is mapped here?
    let guard_miss = asm.label();
    asm.alu_imm(Alu::Cmp, false, guard_mem(source.mode.el(), source.pc), source.page_id as i32);
    asm.jcc(CC_NE, guard_miss);
    let body = asm.here();
    let mut e = Emitter::new(asm, routines, source.mode, switches, cpu.attention_address() as u64, source.first_link);
    let mut ended = false;
    for (i, op) in ops.iter().enumerate() {
        e.pc = source.pc.wrapping_add(4 * i as u64);
        e.live_after = after[i] || !switches.dead_flags;
        e.live_at_target = target[i] || !switches.dead_flags;
        if e.op(op) == Next::Ends {
            ended = true;
            break;
        }
    }
    if !ended {
        e.fall_to(source.pc.wrapping_add(4 * ops.len() as u64));
    }
    e.asm.bind(guard_miss);
    e.asm.mov_imm(RAX, u64::from(GUARD | source.block));
    e.asm.jmp_to(routines.leave);
    let exits = e.finish();
    Translated { body, words: ops.len() as u16, exits }
}

/// The words of one guest page.
struct Words<'a> {
    cpu: &'a Cpu,
    page: usize,
    /// Virtual address of the page.
    base: u64,
}

impl Words<'_> {
    /// The instruction at `va`, if that is in the page.
    fn op(&self, va: u64) -> Option<Op> {
        let into = va.wrapping_sub(self.base);
        (into < PAGE).then(|| decode(self.cpu.word(self.page + into as usize)))
    }
}

fn collect(page: &Words<'_>, pc: u64, switches: Switches, ops: &mut Vec<Op>) {
    ops.clear();
    let longest = if switches.long_blocks { LONGEST } else { 1 };
    let mut at = pc;
    while ops.len() < longest
        && let Some(op) = page.op(at)
    {
        ops.push(op);
        if ends_block(&op) {
            break;
        }
        at = at.wrapping_add(4);
    }
}

fn use_of(op: &Op) -> FlagUse {
    match op.code {
        // Other system registers are read without NZCV mattering.
        b::MRS if !reads_nzcv(op) => FlagUse::default(),
        code => flag_use(code),
    }
}

/// For each instruction: whether NZCV may be read after it on the straight line, and at its branch's target.
fn liveness(page: &Words<'_>, pc: u64, ops: &[Op]) -> (Vec<bool>, Vec<bool>) {
    let n = ops.len();
    let (mut after, mut target) = (vec![true; n], vec![true; n]);
    let mut live = maybe_read(page, pc.wrapping_add(4 * n as u64));
    for (i, op) in ops.iter().enumerate().rev() {
        after[i] = live;
        let u = use_of(op);
        if let Some(to) = branch_target(pc.wrapping_add(4 * i as u64), op) {
            target[i] = maybe_read(page, to);
            live |= target[i];
        }
        live = if u.sets { u.reads } else { live || u.reads };
    }
    (after, target)
}

/// Where a direct branch leads.
fn branch_target(pc: u64, op: &Op) -> Option<u64> {
    matches!(op.code, b::B | b::BL | b::B_COND | b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ)
        .then(|| pc.wrapping_add(op.imm))
}

/// Whether code from `va` on may read NZCV before setting it.
fn maybe_read(page: &Words<'_>, va: u64) -> bool {
    let mut at = va;
    for _ in 0..LOOK_AHEAD {
        let Some(op) = page.op(at) else { return true };
        let u = use_of(&op);
        if u.reads {
            return true;
        }
        if u.sets {
            return false;
        }
        match op.code {
            b::B => at = at.wrapping_add(op.imm),
            b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ => return true,
            _ if ends_block(&op) => return true,
            _ => at = at.wrapping_add(4),
        }
    }
    true
}
