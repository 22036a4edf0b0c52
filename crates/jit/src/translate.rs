//! One block: from instruction words to host code.
//!
//! A block is a straight line: it goes on through branches that are not taken, and ends at an unconditional branch, at an
//! instruction that may change what code depends on, at the end of the guest page (the next page may fault), or at
//! [`LONGEST`] instructions.

use crate::asm::{Alu, Asm, CC_NE, RAX};
use crate::emit::{Emitter, Exit, Next, ends_block};
use crate::enter::{GUARD, Routines};
use crate::frame::guard_mem;
use crate::liveness::{Need, flag_use};
use crate::mode::Mode;
use crate::switches::Switches;
use crate::without::Without;
use std::cell::Cell;
use vmapple_a64::decode::{branch_sys_code as b, decode_for};
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
    /// The 64-byte lines of its page that it was made from, or whose words were looked at to make it: a bit each.
    pub(crate) lines: u64,
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
    let page = Words { cpu, page: source.page, base: source.pc & !(PAGE - 1), lines: Cell::new(0) };
    collect(&page, source.pc, switches, ops);
    let (after, target) = if switches.dead_flags {
        liveness(&page, source.pc, ops)
    } else {
        (vec![Need::EVERYTHING; ops.len()], vec![Need::EVERYTHING; ops.len()])
    };

    // Guarded entry: is this page object still what is mapped here?
    let guard_miss = asm.label();
    if switches.has(Without::Guards) {
        let table = if switches.has(Without::Levels) { source.mode.el() } else { 0 };
        asm.alu_imm(Alu::Cmp, false, guard_mem(table, source.pc), source.page_id as i32);
        asm.jcc(CC_NE, guard_miss);
    }
    let body = asm.here();
    let mut e = Emitter::new(
        asm,
        routines,
        source.mode,
        switches,
        (cpu.attention_address() as u64, cpu.host_base()),
        source.first_link,
    );
    let mut ended = false;
    for (i, op) in ops.iter().enumerate() {
        e.pc = source.pc.wrapping_add(4 * i as u64);
        (e.needed_after, e.needed_at_target) = (after[i], target[i]);
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
    Translated { body, words: ops.len() as u16, lines: page.lines.get(), exits }
}

/// The words of one guest page.
struct Words<'a> {
    cpu: &'a Cpu,
    page: usize,
    /// Virtual address of the page.
    base: u64,
    /// The 64-byte lines that were looked at.
    lines: Cell<u64>,
}

impl Words<'_> {
    /// The instruction at `va`, if that is in the page.
    fn op(&self, va: u64) -> Option<Op> {
        let into = va.wrapping_sub(self.base);
        (into < PAGE).then(|| {
            self.lines.set(self.lines.get() | 1 << (into / 64));
            decode_for(self.cpu.profile(), self.cpu.word(self.page + into as usize))
        })
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

/// For each instruction: what may be read of NZCV after it on the straight line, and at its branch's target.
fn liveness(page: &Words<'_>, pc: u64, ops: &[Op]) -> (Vec<Need>, Vec<Need>) {
    let n = ops.len();
    let (mut after, mut target) = (vec![Need::EVERYTHING; n], vec![Need::EVERYTHING; n]);
    let mut need = next_need(page, pc.wrapping_add(4 * n as u64));
    for (i, op) in ops.iter().enumerate().rev() {
        after[i] = need;
        let u = flag_use(op);
        if let Some(to) = branch_target(pc.wrapping_add(4 * i as u64), op) {
            target[i] = next_need(page, to);
            need = need.or(target[i]);
        }
        need = if u.sets { u.reads } else { need.or(u.reads) };
    }
    (after, target)
}

/// Where a direct branch leads.
fn branch_target(pc: u64, op: &Op) -> Option<u64> {
    matches!(op.code, b::B | b::BL | b::B_COND | b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ)
        .then(|| pc.wrapping_add(op.imm))
}

/// What code from `va` on, in blocks of its own, may read of NZCV before setting it. It finds NZCV in the core's state, so
/// there is nothing between nothing and everything.
fn next_need(page: &Words<'_>, va: u64) -> Need {
    let mut at = va;
    for _ in 0..LOOK_AHEAD {
        let Some(op) = page.op(at) else { break };
        let u = flag_use(&op);
        if !u.reads.is_nothing() {
            break;
        }
        if u.sets {
            return Need::NOTHING;
        }
        match op.code {
            b::B => at = at.wrapping_add(op.imm),
            b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ => break,
            _ if ends_block(&op) => break,
            _ => at = at.wrapping_add(4),
        }
    }
    Need::EVERYTHING
}
