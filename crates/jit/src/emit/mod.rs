//! From pre-decoded instructions to host code, one at a time, in one pass.
//!
//! | file | holds |
//! | --- | --- |
//! | `flags`, `recompute` | where NZCV is, and how a condition is tested |
//! | `integer`, `bits`, `multiply` | data processing on general registers |
//! | `branch` | branches, links, the attention check |
//! | `memory` | addresses, the inline TLB, loads and stores |
//! | `ordered` | acquire and release, atomics, barriers |
//! | `pauth` | pointer authentication |
//! | `fp`, `fp_convert`, `simd_fp` | scalar and vector floating point on the host's |
//! | `simd/` | Advanced SIMD on integers |
//! | `crypto`, `sha`, `sha512`, `crc` | AES and the three-way logic of SHA-3; SHA-1 and SHA-256; SHA-512; CRC-32 |
//!
//! An instruction that no file takes is executed by the interpreter ([`Emitter::by_interpreter`]); so is one whose fast path
//! finds something unusual. Every instruction leaves the guest's registers in their places, so that the next may fault.

mod bits;
mod branch;
mod crc;
mod crypto;
mod flags;
mod fp;
mod fp_convert;
mod integer;
mod memory;
mod multiply;
mod ordered;
mod pauth;
mod recompute;
mod sha;
mod sha512;
pub(crate) mod simd;
mod simd_fp;

pub(crate) use branch::{ends_block, reads_nzcv, touches_fp_status};
pub(crate) use flags::Flags;

use crate::asm::{Asm, CC_E, Label, Mem, Place, RAX, Reg, Rm, Vex, Xmm};
use crate::enter::{Record, Routines};
use crate::frame::{v_mem, v_pin, x_place};
use crate::liveness::{Need, flag_use};
use crate::mode::Mode;
use crate::refill::Kind;
use crate::switches::Switches;
use recompute::Recipe;
use vmapple_a64::Op;
use vmapple_a64::state::{DISCARD, ZR};

/// What ends a straight line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Go on with the following instruction.
    Falls,
    /// Nothing after this instruction is reached from it.
    Ends,
}

/// A jump that leads out of the block to a known address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    /// Where to, as the guest sees it.
    pub(crate) target: u64,
    /// Offset in the block's bytes of the 32-bit displacement that a link changes.
    pub(crate) site: u32,
    /// Offset of the code that leaves to the dispatcher.
    pub(crate) miss: u32,
}

/// Code that lies behind the block because it is seldom needed.
enum Cold {
    /// The interpreter executes the instruction, then the block goes on.
    /// With `flags`, NZCV is in the host's flags (C inverted) where it goes on.
    /// With `again`, NZCV is made again for it.
    Slow { from: Label, back: Label, record: Record, flags: bool, again: Option<Recipe> },
    /// The second level of the TLB fills the entry, then the access goes on; or else what is `slow`.
    Refill { from: Label, back: Label, slow: Label, kind: Kind },
    /// NZCV is stored, then control goes where `to` says.
    SaveFlags { from: Label, flags: Flags, to: usize },
    /// Leaves with the number of an exit.
    Miss { exit: usize },
}

/// State of translating one block.
pub(crate) struct Emitter<'a> {
    pub(crate) asm: &'a mut Asm,
    pub(crate) routines: Routines,
    pub(crate) mode: Mode,
    pub(crate) switches: Switches,
    /// Address of the core's attention word.
    pub(crate) attention: u64,
    /// Host address of offset 0 in guest memory.
    pub(crate) host_base: u64,
    /// Number of this block's first link.
    pub(crate) first_link: u32,
    /// Address of the instruction being translated. What is made of it is another constant in a copy of the block
    /// ([`crate::copy`]): it is emitted by [`Asm::mov_va`] or [`Emitter::set_x_va`], or noted.
    pub(crate) pc: u64,
    /// NZCV now.
    pub(crate) flags: Flags,
    /// How NZCV can be made again that is in the host's flags.
    recipe: Option<Recipe>,
    /// The current instruction has set it.
    recipe_is_fresh: bool,
    /// A bit for each vector register: what lies above its lowest 32, or 64, bits is known to be zero.
    zero_above: [u32; 2],
    /// What instructions after this one may read of NZCV as it is after this one.
    pub(crate) needed_after: Need,
    /// The instructions that follow in the block.
    pub(crate) ahead: &'a [Op],
    /// Those that went before it.
    pub(crate) behind: &'a [Op],
    /// Instructions ahead that are already done: a bit each, the next one lowest.
    pub(crate) done: u8,
    /// A bit for each vector register that holds the state of an AES round with its key added already: the next instruction
    /// on it is the one that would add it.
    pub(crate) keyed: u32,
    /// What may be read of it at the target of this instruction's branch: nothing or everything.
    pub(crate) needed_at_target: Need,
    scratch: &'a mut Scratch,
}

/// Lists that are filled while a block is translated, and empty otherwise: kept for the sake of their memory.
#[derive(Default)]
pub(crate) struct Scratch {
    exits: Vec<PendingExit>,
    cold: Vec<Cold>,
    records: Vec<(Label, Record)>,
}

/// An exit whose places are not final yet.
pub(crate) struct PendingExit {
    pub(crate) target: u64,
    site: u32,
    miss: Label,
}

impl<'a> Emitter<'a> {
    pub(crate) fn new(
        asm: &'a mut Asm,
        routines: Routines,
        mode: Mode,
        switches: Switches,
        (attention, host_base): (u64, u64),
        first_link: u32,
        scratch: &'a mut Scratch,
    ) -> Self {
        Self {
            asm,
            routines,
            mode,
            switches,
            attention,
            host_base,
            first_link,
            pc: 0,
            flags: Flags::Memory,
            recipe: None,
            recipe_is_fresh: false,
            zero_above: [0; 2],
            needed_after: Need::EVERYTHING,
            needed_at_target: Need::EVERYTHING,
            ahead: &[],
            behind: &[],
            done: 0,
            keyed: 0,
            scratch,
        }
    }

    /// Translates one instruction. `self.pc` and the liveness fields are set.
    pub(crate) fn op(&mut self, op: &Op) -> Next {
        self.keep_recipe(op);
        if let Some(next) = self.branch(op) {
            self.drop_recipe(op);
            return next;
        }
        let inline = self.switches.inline
            && (self.integer(op)
                || self.bits(op)
                || self.multiply(op)
                || self.load_or_store(op)
                || self.ordered(op)
                || self.pointer_authentication(op)
                || self.mode.fp_plain()
                    && (self.floating_point(op) || self.floating_point_conversion(op) || self.simd_floating_point(op))
                || self.mode.fp_on() && self.switches.simd && (self.simd(op) || self.crypto(op)));
        if !inline {
            self.by_interpreter(op);
        }
        self.drop_recipe(op);
        Next::Falls
    }

    /// Has the interpreter execute the instruction; falls through if it completes.
    pub(crate) fn by_interpreter(&mut self, op: &Op) {
        self.zero_above = [0; 2];
        let u = flag_use(op);
        // A comparison of floating-point numbers may trap instead: an exact NZCV is then the one before it.
        if !u.reads.is_nothing() || u.sets && !self.switches.dead_flags {
            self.save_flags();
        } else if u.sets {
            self.flags = Flags::Memory;
        } else {
            self.clobber_flags();
            if matches!(self.flags, Flags::Again(_)) {
                // It may fault.
                self.make_again();
                self.keep_flags();
            }
        }
        let record = self.record(op);
        let label = self.asm.label();
        self.scratch.records.push((label, record));
        self.asm.lea_label(RAX, label);
        self.asm.call_to(self.routines.execute);
    }

    /// The interpreter executes the instruction, which never falls through.
    pub(crate) fn end_by_interpreter(&mut self, op: &Op) -> Next {
        self.by_interpreter(op);
        // It may complete after all (a WFI with an interrupt pending): then the next instruction follows.
        self.leave_at(self.pc.wrapping_add(4));
        Next::Ends
    }

    /// Leaves to the dispatcher, which goes on at `pc`.
    pub(crate) fn leave_at(&mut self, pc: u64) {
        self.asm.mov_va(RAX, pc);
        self.asm.jmp_to(self.routines.leave_at);
    }

    /// A cold path in which the interpreter executes this instruction. Jump to the first label; bind the second where the
    /// block goes on. NZCV must be in memory, or dead.
    pub(crate) fn slow_path(&mut self, op: &Op) -> (Label, Label) {
        self.add_slow_path(op, false)
    }

    /// The same for an instruction that sets NZCV: where the block goes on, host flags hold it with C inverted.
    pub(crate) fn slow_path_with_flags(&mut self, op: &Op) -> (Label, Label) {
        self.add_slow_path(op, true)
    }

    fn add_slow_path(&mut self, op: &Op, flags: bool) -> (Label, Label) {
        let (from, back) = (self.asm.label(), self.asm.label());
        let record = self.record(op);
        let again = match self.flags {
            Flags::Again(recipe) => Some(recipe),
            _ => None,
        };
        self.scratch.cold.push(Cold::Slow { from, back, record, flags, again });
        (from, back)
    }

    fn record(&self, op: &Op) -> Record {
        let known = match self.flags {
            Flags::Byte(cond) => flags::examples(cond),
            _ => 0,
        };
        Record { op: *op, pc: self.pc, folds_fpsr: u32::from(branch::touches_fp_status(op)), known }
    }

    /// Emits what lies behind the block. Returns its exits.
    pub(crate) fn finish(&mut self) -> Vec<Exit> {
        let mut i = 0;
        while i < self.scratch.cold.len() {
            match self.scratch.cold[i] {
                Cold::Slow { from, back, record, flags, again } => {
                    let label = self.asm.label();
                    self.scratch.records.push((label, record));
                    self.asm.bind(from);
                    if let Some(recipe) = again {
                        self.store_by_recipe(recipe);
                    }
                    self.asm.lea_label(RAX, label);
                    self.asm.call_to(self.routines.execute);
                    if flags {
                        self.load_flags();
                        self.asm.cmc();
                    }
                    self.asm.jmp(back);
                }
                Cold::Refill { from, back, slow, kind } => {
                    self.asm.bind(from);
                    self.asm.call_to(self.routines.refill.routine(kind));
                    self.asm.jcc(CC_E, back);
                    self.asm.jmp(slow);
                }
                Cold::SaveFlags { from, flags, to } => {
                    self.asm.bind(from);
                    self.store_flags(flags);
                    self.jump_to_exit(to);
                }
                Cold::Miss { exit } => {
                    let miss = self.scratch.exits[exit].miss;
                    self.asm.bind(miss);
                    let number = crate::enter::LINK | (self.first_link + exit as u32);
                    self.asm.mov_number(RAX, number, Place::Link);
                    self.asm.jmp_to(self.routines.leave);
                }
            }
            i += 1;
        }
        self.scratch.cold.clear();
        while !self.asm.here().is_multiple_of(8) {
            self.asm.byte(0xcc);
        }
        for (label, record) in self.scratch.records.drain(..) {
            self.asm.bind(label);
            let Op { code, rd, rn, rm, ra, aux, imm } = record.op;
            self.asm.raw(&code.0.to_le_bytes());
            self.asm.raw(&[rd, rn, rm, ra]);
            self.asm.raw(&aux.to_le_bytes());
            self.asm.imm64(imm);
            self.asm.note(Place::Va64);
            self.asm.imm64(record.pc);
            self.asm.raw(&record.folds_fpsr.to_le_bytes());
            self.asm.raw(&record.known.to_le_bytes());
        }
        self.asm.resolve();
        let exits = self.scratch.exits.drain(..);
        exits.map(|e| Exit { target: e.target, site: e.site, miss: self.asm.place(e.miss) }).collect()
    }

    // Registers.

    /// Where a general register is. The zero register is a memory word that holds zero.
    pub(crate) fn x(&self, n: u8) -> Rm {
        x_place(n)
    }

    /// A register's value in a host register: its own, or `scratch` after loading it.
    pub(crate) fn x_in(&mut self, n: u8, scratch: Reg, w: bool) -> Reg {
        match self.x(n) {
            Rm::Reg(r) => r,
            Rm::Mem(m) => {
                self.asm.mov(w, scratch, m);
                scratch
            }
        }
    }

    /// Copies a register's value to a host register. Zero comes from an immediate move, which leaves flags alone.
    pub(crate) fn load_x(&mut self, dst: Reg, n: u8, w: bool) {
        if n == ZR {
            self.asm.mov_imm(dst, 0);
        } else {
            let from = self.x(n);
            if !w || from != Rm::Reg(dst) {
                self.asm.mov(w, dst, from);
            }
        }
    }

    /// The same before an instruction of size `w` that replaces all of `dst`: its upper half may stay as it is.
    pub(crate) fn load_operand(&mut self, dst: Reg, n: u8, w: bool) {
        if n == ZR || self.x(n) != Rm::Reg(dst) {
            self.load_x(dst, n, w);
        }
    }

    /// The host register to compute a result in: the destination's own unless it is in `avoid`, else RAX.
    pub(crate) fn result_reg(&self, rd: u8, avoid: &[u8]) -> Reg {
        match self.x(rd) {
            Rm::Reg(r) if !avoid.contains(&rd) => r,
            _ => RAX,
        }
    }

    /// Puts a 64-bit result where register `rd` is. Leaves flags alone.
    pub(crate) fn store_x(&mut self, rd: u8, from: Reg) {
        if rd == DISCARD {
            return;
        }
        match self.x(rd) {
            Rm::Reg(r) => {
                if r != from {
                    self.asm.mov(true, r, from);
                }
            }
            Rm::Mem(m) => self.asm.store(true, m, from),
        }
    }

    /// Sets register `rd` to a constant. Leaves flags alone; uses RAX.
    pub(crate) fn set_x(&mut self, rd: u8, value: u64) {
        if rd == DISCARD {
            return;
        }
        match self.x(rd) {
            Rm::Reg(r) => self.asm.mov_imm(r, value),
            Rm::Mem(m) => match i32::try_from(value as i64) {
                Ok(v) => self.asm.store_imm(true, m, v),
                Err(_) => {
                    self.asm.mov_imm(RAX, value);
                    self.asm.store(true, m, RAX);
                }
            },
        }
    }

    /// Sets register `rd` to a guest address that depends on the block's. Leaves flags alone; uses RAX.
    pub(crate) fn set_x_va(&mut self, rd: u8, va: u64) {
        match self.x(rd) {
            _ if rd == DISCARD => {}
            Rm::Reg(r) => self.asm.mov_va(r, va),
            Rm::Mem(m) => {
                self.asm.mov_va(RAX, va);
                self.asm.store(true, m, RAX);
            }
        }
    }

    // Vector registers.

    /// The host register of a guest vector register, if it has one.
    pub(crate) fn v_pin(&self, n: u8) -> Option<Xmm> {
        v_pin(n, self.switches.wide_vectors)
    }

    /// A vector register's value in a host register that any instruction can name: its own, or `scratch` after copying it.
    pub(crate) fn v_in(&mut self, n: u8, scratch: Xmm) -> Xmm {
        let x = self.v_any(n, scratch);
        if x.0 < 16 {
            return x;
        }
        self.asm.vex2(MOVE, scratch, x);
        scratch
    }

    /// The same, but the register may be above 15: for instructions that have an EVEX form ([`crate::evex`]).
    pub(crate) fn v_any(&mut self, n: u8, scratch: Xmm) -> Xmm {
        match self.v_pin(n) {
            Some(x) => x,
            None => {
                self.asm.vex2(LOAD, scratch, v_mem(n));
                scratch
            }
        }
    }

    /// A vector register as an operand of an instruction that has an EVEX form ([`crate::evex`]): the register may be above 15.
    pub(crate) fn v_operand(&self, n: u8) -> crate::asm::Xm {
        match self.v_pin(n) {
            Some(x) => x.into(),
            None => v_mem(n).into(),
        }
    }

    /// Notes that what lies above a vector register's lowest 32, or 64, bits is zero.
    pub(crate) fn is_scalar(&mut self, n: u8, double: bool) {
        self.zero_above[1] |= 1 << (n & 31);
        if !double {
            self.zero_above[0] |= 1 << (n & 31);
        }
    }

    /// Whether that is known.
    pub(crate) fn known_scalar(&self, n: u8, double: bool) -> bool {
        self.zero_above[usize::from(double)] >> (n & 31) & 1 != 0
    }

    /// Puts all 128 bits of `from` where vector register `n` is.
    pub(crate) fn store_v(&mut self, n: u8, from: Xmm) {
        for known in &mut self.zero_above {
            *known &= !(1 << (n & 31));
        }
        match self.v_pin(n) {
            Some(x) if x == from => {}
            Some(x) => self.asm.vex2(MOVE, x, from),
            None => self.asm.vex2(STORE, from, v_mem(n)),
        }
    }

    /// A place in the core's state, for tests of it.
    pub(crate) fn byte_at(&mut self, m: Mem, value: u8) {
        self.asm.cmp8_imm(m, value);
    }
}

pub(crate) const LOAD: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x10 };
pub(crate) const STORE: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x11 };
pub(crate) const MOVE: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x28 };
