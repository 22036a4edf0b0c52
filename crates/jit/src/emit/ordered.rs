//! Ordered accesses, the atomic memory operations, barriers and block zeroing.
//!
//! The host's order (TSO) is stronger than the guest's for everything but a store-release followed by a load-acquire, so a
//! store-release is an exchange. What is not naturally aligned is left to the interpreter.

use super::{Emitter, STORE};
use crate::asm::{Alu, CC_NE, Label, RAX, RCX, RDX, Reg, Vex, Xmm, at};
use crate::frame::{JOURNAL_DIRTY, UNSYNCED, monitor};
use crate::without::Without;
use vmapple_a64::Op;
use vmapple_a64::decode::{branch_sys_code as b, ldst_code as l, sysreg_encoding};
use vmapple_a64::state::{DISCARD, SP};

const DC_ZVA: u16 = sysreg_encoding(1, 3, 7, 4, 1);

/// An atomic operation on memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rmw {
    Add,
    Swap,
    Clear,
    Or,
    Xor,
}

impl Emitter<'_> {
    /// Translates an ordered or atomic access; false if it is none, or has no fast path.
    pub(crate) fn ordered(&mut self, op: &Op) -> bool {
        if !self.switches.memory {
            return false;
        }
        match op.code {
            l::LDARB | l::LDAPRB | l::LDAPURB => self.load_acquire(op, 1),
            l::LDARH | l::LDAPRH | l::LDAPURH => self.load_acquire(op, 2),
            l::LDAR_W | l::LDAPR_W | l::LDAPUR_W => self.load_acquire(op, 4),
            l::LDAR_X | l::LDAPR_X | l::LDAPUR_X => self.load_acquire(op, 8),
            l::STLRB | l::STLURB => self.store_release(op, 1),
            l::STLRH | l::STLURH => self.store_release(op, 2),
            l::STLR_W | l::STLUR_W => self.store_release(op, 4),
            l::STLR_X | l::STLUR_X => self.store_release(op, 8),
            l::LDXRB | l::LDAXRB => self.load_exclusive(op, 1),
            l::LDXRH | l::LDAXRH => self.load_exclusive(op, 2),
            l::LDXR_W | l::LDAXR_W => self.load_exclusive(op, 4),
            l::LDXR_X | l::LDAXR_X => self.load_exclusive(op, 8),
            l::STXRB | l::STLXRB => self.store_exclusive(op, 1),
            l::STXRH | l::STLXRH => self.store_exclusive(op, 2),
            l::STXR_W | l::STLXR_W => self.store_exclusive(op, 4),
            l::STXR_X | l::STLXR_X => self.store_exclusive(op, 8),
            l::LDADD => self.rmw(op, Rmw::Add),
            l::SWP => self.rmw(op, Rmw::Swap),
            l::LDCLR if op.aux >= 2 => self.rmw(op, Rmw::Clear),
            l::LDSET if op.aux >= 2 => self.rmw(op, Rmw::Or),
            l::LDEOR if op.aux >= 2 => self.rmw(op, Rmw::Xor),
            l::CASB => self.compare_and_swap(op, 1),
            l::CASH => self.compare_and_swap(op, 2),
            l::CAS_W => self.compare_and_swap(op, 4),
            l::CAS_X => self.compare_and_swap(op, 8),
            _ => return false,
        }
        true
    }

    /// Translates DSB, ISB and DC ZVA, where they need not leave the block; false for anything else.
    pub(crate) fn barrier(&mut self, op: &Op) -> bool {
        if !self.switches.inline {
            return false;
        }
        match op.code {
            b::DSB if !self.switches.has(Without::Rendezvous) => {
                self.clobber_flags();
                self.asm.barrier();
            }
            b::ISB if !self.switches.has(Without::Resync) => {}
            b::DSB => {
                self.clobber_flags();
                let (slow, back) = self.slow_path(op);
                self.asm.barrier();
                self.byte_at(UNSYNCED, 0);
                self.asm.jcc(CC_NE, slow);
                self.asm.bind(back);
            }
            // Whatever changes the context ends its block; only invalidations wait for this.
            b::ISB => {
                self.save_flags();
                let (slow, back) = self.slow_path(op);
                self.byte_at(JOURNAL_DIRTY, 0);
                self.asm.jcc(CC_NE, slow);
                self.asm.bind(back);
            }
            b::SYS if op.imm as u16 == DC_ZVA && self.mode.zva_allowed() && self.switches.memory => {
                self.save_flags();
                let (slow, back) = self.slow_path(op);
                self.load_x(RAX, op.rn, true);
                self.asm.alu_imm(Alu::And, true, RAX, -64);
                self.translate(64, true, slow);
                self.asm.vex(Vex { pp: 0, map: 1, w: false, opcode: 0x57 }, Xmm(0), Xmm(0), Xmm(0)); // VXORPS
                for i in 0..4 {
                    self.asm.vex2(STORE, Xmm(0), at(RAX, 16 * i));
                }
                self.asm.bind(back);
            }
            _ => return false,
        }
        true
    }

    /// Host address of a naturally aligned access into RAX.
    fn aligned_address(&mut self, op: &Op, bytes: u8, write: bool, slow: Label) {
        let base = self.x_in(op.rn, RAX, true);
        if op.rn == SP && self.mode.sp_checked() {
            self.asm.test8_imm(base, 15);
            self.asm.jcc(CC_NE, slow);
        }
        if op.imm == 0 {
            self.asm.mov(true, RAX, base);
        } else {
            self.asm.lea(true, RAX, at(base, op.imm as i32));
        }
        if bytes > 1 {
            self.asm.test8_imm(RAX, bytes - 1);
            self.asm.jcc(CC_NE, slow);
        }
        self.translate(bytes, write, slow);
    }

    /// RCX = the `bytes` at the host address in RAX, zero-extended.
    fn load_bytes(&mut self, bytes: u8) {
        let from = at(RAX, 0);
        match bytes {
            1 => self.asm.movzx8(RCX, from),
            2 => self.asm.movzx16(RCX, from),
            4 => self.asm.mov(false, RCX, from),
            _ => self.asm.mov(true, RCX, from),
        }
    }

    fn load_acquire(&mut self, op: &Op, bytes: u8) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        self.aligned_address(op, bytes, false, slow);
        self.load_bytes(bytes);
        self.store_x(op.rd, RCX);
        self.asm.bind(back);
    }

    fn store_release(&mut self, op: &Op, bytes: u8) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        self.aligned_address(op, bytes, true, slow);
        self.load_x(RCX, op.rm, true);
        if bytes == 8 && !self.switches.has(Without::Releases) {
            self.asm.store(true, at(RAX, 0), RCX);
        } else {
            self.asm.xchg(bytes, at(RAX, 0), RCX);
        }
        self.asm.bind(back);
    }

    /// The place of the access at RAX, as an offset in guest memory, into RDX. Uses RCX.
    fn place_of_access(&mut self) {
        self.asm.mov(true, RDX, RAX);
        self.asm.mov_imm(RCX, self.host_base);
        self.asm.alu(Alu::Sub, true, RDX, RCX);
    }

    fn load_exclusive(&mut self, op: &Op, bytes: u8) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        self.aligned_address(&Op { imm: 0, ..*op }, bytes, false, slow);
        self.place_of_access();
        self.load_bytes(bytes);
        self.asm.store(true, monitor(0), RDX);
        self.asm.store_imm(true, monitor(1), i32::from(bytes));
        self.asm.store(true, monitor(2), RCX);
        self.asm.store_imm(true, monitor(3), 0);
        self.store_x(op.rd, RCX);
        self.asm.bind(back);
    }

    /// A compare-and-swap against what the load-exclusive saw, as the interpreter does it.
    fn store_exclusive(&mut self, op: &Op, bytes: u8) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        self.aligned_address(&Op { imm: 0, ..*op }, bytes, true, slow);
        self.place_of_access();
        let (fails, done) = (self.asm.label(), self.asm.label());
        self.asm.alu(Alu::Cmp, true, RDX, monitor(0));
        self.asm.jcc(CC_NE, fails);
        self.asm.alu_imm(Alu::Cmp, true, monitor(1), i32::from(bytes));
        self.asm.jcc(CC_NE, fails);
        self.asm.mov(true, RDX, RAX);
        self.asm.mov(true, RAX, monitor(2));
        self.load_x(RCX, op.rm, true);
        self.asm.lock_cmpxchg(bytes, at(RDX, 0), RCX);
        self.asm.setcc(CC_NE, RAX);
        self.asm.movzx8(RAX, RAX);
        self.asm.jmp(done);
        self.asm.bind(fails);
        self.asm.mov_imm(RAX, 1);
        self.asm.bind(done);
        self.asm.store_imm(true, monitor(1), 0);
        self.store_x((op.aux >> 8) as u8, RAX);
        self.asm.bind(back);
    }

    /// Zero-extends the low `bytes` of a register.
    fn zero_extend(&mut self, r: Reg, bytes: u8) {
        match bytes {
            1 => self.asm.movzx8(r, r),
            2 => self.asm.movzx16(r, r),
            4 => self.asm.mov(false, r, r),
            _ => {}
        }
    }

    fn rmw(&mut self, op: &Op, kind: Rmw) {
        self.clobber_flags();
        let bytes = 1u8 << (op.aux & 3);
        let w = bytes == 8;
        let (slow, back) = self.slow_path(op);
        self.aligned_address(&Op { imm: 0, ..*op }, bytes, true, slow);
        match kind {
            Rmw::Add | Rmw::Swap => {
                self.load_x(RCX, op.rm, true);
                if kind == Rmw::Add {
                    self.asm.lock_xadd(bytes, at(RAX, 0), RCX);
                } else {
                    self.asm.xchg(bytes, at(RAX, 0), RCX);
                }
                self.zero_extend(RCX, bytes);
                self.store_x(op.rd, RCX);
            }
            _ if op.rd == DISCARD => {
                self.load_x(RCX, op.rm, w);
                if kind == Rmw::Clear {
                    self.asm.not(w, RCX);
                }
                let alu = [Alu::And, Alu::Or, Alu::Xor][kind as usize - Rmw::Clear as usize];
                self.asm.lock_alu(alu, w, at(RAX, 0), RCX);
            }
            _ => {
                self.asm.mov(true, RDX, RAX);
                self.asm.mov(w, RAX, at(RDX, 0));
                let again = self.asm.label();
                self.asm.bind(again);
                self.load_x(RCX, op.rm, w);
                match kind {
                    Rmw::Clear => {
                        self.asm.andn(w, RCX, RCX, RAX);
                    }
                    Rmw::Or => self.asm.alu(Alu::Or, w, RCX, RAX),
                    _ => self.asm.alu(Alu::Xor, w, RCX, RAX),
                }
                self.asm.lock_cmpxchg(bytes, at(RDX, 0), RCX);
                self.asm.jcc(CC_NE, again);
                self.store_x(op.rd, RAX);
            }
        }
        self.asm.bind(back);
    }

    /// CAS: Rs is both the value compared with and where the old value goes.
    fn compare_and_swap(&mut self, op: &Op, bytes: u8) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        self.aligned_address(&Op { imm: 0, ..*op }, bytes, true, slow);
        self.asm.mov(true, RDX, RAX);
        self.load_x(RAX, op.ra, bytes == 8);
        self.load_x(RCX, op.rm, true);
        self.asm.lock_cmpxchg(bytes, at(RDX, 0), RCX);
        self.zero_extend(RAX, bytes);
        self.store_x(op.rd, RAX);
        self.asm.bind(back);
    }
}
