//! One block: from instruction words to host code.
//!
//! A block is a straight line: it goes on through branches that are not taken, and ends at an unconditional branch, at an
//! instruction that may change what code depends on, at the end of the guest page (the next page may fault), where another
//! block starts, or at [`LONGEST`] instructions.

use crate::asm::{Asm, CC_NE, Place, RAX};
use crate::blocks::Starts;
use crate::emit::{Emitter, Exit, Next, Scratch, ends_block};
use crate::enter::{GUARD, Routines};
use crate::liveness::{Need, flag_use};
use crate::mode::Mode;
use crate::switches::Switches;
use crate::text::Text;
use crate::without::Without;
use vmapple_a64::decode::{branch_sys_code as b, decode_for};
use vmapple_a64::{Cpu, Op};

/// Most instructions in a block.
const LONGEST: usize = 128;
/// Instructions that a search for the next setting of NZCV looks at.
const LOOK_AHEAD: usize = 16;
const PAGE: u64 = 4096;

/// `cmp dword [rbp + displacement], page object`, without the two constants.
const GUARD_COMPARE: [u8; 10] = [0x81, 0xbd, 0, 0, 0, 0, 0, 0, 0, 0];
/// Offsets in a block of the constants.
pub(crate) const GUARD_DISPLACEMENT: u32 = 2;
pub(crate) const GUARD_PAGE: u32 = 6;

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
    /// Where other blocks of the page object start: it ends there.
    pub(crate) starts: Starts,
}

/// Lists that are filled while a block is translated: kept for the sake of their memory.
#[derive(Default)]
pub(crate) struct Lists {
    ops: Vec<Op>,
    after: Vec<Need>,
    target: Vec<Need>,
    scratch: Scratch,
}

/// What came out, beside the bytes and the list of moves in the assembler: offsets from their start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Translated {
    /// Entry that checks nothing.
    pub(crate) body: u32,
    /// Instructions.
    pub(crate) words: u16,
    /// The 64-byte lines of its page that it was made from, or whose words were looked at to make it: a bit each.
    pub(crate) lines: u64,
    /// Those of them whose words are other than those of `text` before.
    pub(crate) changed: u64,
    pub(crate) exits: Vec<Exit>,
}

/// Translates the block at `source.pc` into `asm`, whose origin is where the code will lie. `text` takes the words.
pub(crate) fn translate(
    cpu: &Cpu,
    asm: &mut Asm,
    routines: Routines,
    switches: Switches,
    source: Source,
    text: &mut Text,
    lists: &mut Lists,
) -> Translated {
    let Lists { ops, after, target, scratch } = lists;
    let base = source.pc & !(PAGE - 1);
    let mut page = Words { cpu, page: source.page, base, text, lines: 0, changed: 0 };
    collect(&mut page, source.pc, source.starts, switches, ops);
    for needs in [&mut *after, &mut *target] {
        needs.clear();
        needs.resize(ops.len(), Need::EVERYTHING);
    }
    if switches.dead_flags {
        liveness(&mut page, source.pc, ops, after, target);
    }

    let ops: &[Op] = ops;

    // Guarded entry: is this page object still what is mapped here?
    let guard_miss = asm.label();
    if switches.has(Without::Guards) {
        asm.raw(&GUARD_COMPARE);
        let table = if switches.has(Without::Levels) { source.mode } else { Mode::default() };
        crate::copy::guard(&mut asm.bytes, table, source.pc, source.page_id);
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
        scratch,
    );
    let mut ended = false;
    for (i, op) in ops.iter().enumerate() {
        let done = e.done & 1 != 0;
        e.done >>= 1;
        if done {
            continue;
        }
        (e.behind, e.ahead) = (&ops[..i], &ops[i + 1..]);
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
    e.asm.mov_number(RAX, GUARD | source.block, Place::Block);
    e.asm.jmp_to(routines.leave);
    let exits = e.finish();
    Translated { body, words: ops.len() as u16, lines: page.lines, changed: page.changed, exits }
}

/// The words of one guest page.
struct Words<'a> {
    cpu: &'a Cpu,
    page: usize,
    /// Virtual address of the page.
    base: u64,
    text: &'a mut Text,
    /// The 64-byte lines that were looked at.
    lines: u64,
    /// Those of them that were held with other words.
    changed: u64,
}

impl Words<'_> {
    /// The instruction at `va`, if that is in the page.
    fn op(&mut self, va: u64) -> Option<Op> {
        let into = va.wrapping_sub(self.base);
        if into >= PAGE {
            return None;
        }
        let (line, bit) = (into as usize / 64, 1 << (into / 64));
        if self.lines & bit == 0 {
            self.lines |= bit;
            if self.text.read(line, self.cpu.line(self.page + 64 * line)) {
                self.changed |= bit;
            }
        }
        Some(decode_for(self.cpu.profile(), self.text.word(into as usize)))
    }
}

fn collect(page: &mut Words<'_>, pc: u64, starts: Starts, switches: Switches, ops: &mut Vec<Op>) {
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
        if starts.contains(at) {
            break;
        }
    }
}

/// For each instruction: what may be read of NZCV `after` it on the straight line, and at its branch's `target`.
fn liveness(page: &mut Words<'_>, pc: u64, ops: &[Op], after: &mut [Need], target: &mut [Need]) {
    let n = ops.len();
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
}

/// Where a direct branch leads.
fn branch_target(pc: u64, op: &Op) -> Option<u64> {
    matches!(op.code, b::B | b::BL | b::B_COND | b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ)
        .then(|| pc.wrapping_add(op.imm))
}

/// What code from `va` on, in blocks of its own, may read of NZCV before setting it. It finds NZCV in the core's state, so
/// there is nothing between nothing and everything.
fn next_need(page: &mut Words<'_>, va: u64) -> Need {
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
