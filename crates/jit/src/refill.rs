//! What recompiled code calls when the first-level TLB does not serve an access: it looks into the second level and fills the
//! first's entry. A routine of a few dozen instructions that touches no vector register and none of the guest's, so that a miss
//! costs little more than the cache line of the set; what the second level does not know is the interpreter's.
//!
//! The tables are `vmapple_a64`'s; this does what its `Mmu::find` and `Mmu::fill` do, but for entries of the high half that are
//! tied to an address space and for addresses with a tag, which it leaves to them.

use crate::asm::{Alu, Asm, CC_A, CC_E, CC_NE, R15, RAX, RCX, RDI, RDX, RSI, RSP, Shift, at, indexed};
use crate::frame::{in_cpu, in_cpu_indexed};
use vmapple_a64::layout::tlb::{self, KEYS, WAYS};

/// The kinds of access that have a routine of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) write: bool,
    /// An unprivileged load or store.
    pub(crate) unprivileged: bool,
}

/// Addresses of the routines.
///
/// Call with the virtual address in RAX, the place of its entry in the first level, as bytes from R15, in RCX, and the last
/// address of the page that the access's last byte is in in RDX. Returns with ZF set if the entry now serves the access. Changes
/// RDX and flags, nothing else of the guest's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refill([u64; 4]);

impl Refill {
    /// The routine for a kind of access.
    pub(crate) fn routine(&self, kind: Kind) -> u64 {
        self.0[usize::from(kind.write) + 2 * usize::from(kind.unprivileged)]
    }

    /// Writes the routines.
    pub(crate) fn write(a: &mut Asm) -> Self {
        let kinds = [(false, false), (true, false), (false, true), (true, true)];
        Self(kinds.map(|(write, unprivileged)| {
            let address = a.origin + u64::from(a.here());
            routine(a, write, WAYS[usize::from(unprivileged)]);
            address
        }))
    }
}

fn routine(a: &mut Asm, write: bool, way: usize) {
    let (fails, served) = (a.label(), a.label());
    a.push(RSI);
    a.push(RDI);

    // One page, in one of the halves.
    a.mov(true, RSI, RAX);
    a.alu(Alu::Xor, true, RSI, RDX);
    a.alu_imm(Alu::Cmp, true, RSI, 0xfff);
    a.jcc(CC_A, fails);
    a.mov(true, RDI, RAX);
    a.shift_imm(Shift::Sar, true, RDI, 48);
    a.lea(false, RSI, at(RDI, 1));
    a.alu_imm(Alu::Cmp, false, RSI, 1);
    a.jcc(CC_A, fails);

    // RDI: which key. RSI: the tag. RDX: the set.
    a.alu_imm(Alu::And, false, RDI, tlb::KEY as i32);
    let key = |field: usize| in_cpu_indexed(KEYS + field, RDI);
    a.mov(false, RDX, key(tlb::KEY_SHIFT));
    a.shrx(true, RSI, RAX, RDX);
    a.mov(true, RDX, RSI);
    a.alu(Alu::Xor, true, RDX, key(tlb::KEY_SPREAD));
    a.alu_imm(Alu::And, false, RDX, tlb::SETS as i32 - 1);
    let set_bytes = 16 * tlb::SET_WAYS;
    a.shift_imm(Shift::Shl, false, RDX, set_bytes.trailing_zeros() as u8);
    a.alu(Alu::Add, true, RDX, in_cpu(tlb::ADDRESSES + 8));
    a.shift_imm(Shift::Shl, true, RSI, tlb::PAGE_SHIFT as u8);
    a.alu(Alu::Or, true, RSI, key(tlb::KEY_CONTEXT));
    let hits: Vec<_> = (0..tlb::SET_WAYS).map(|_| a.label()).collect();
    for (i, hit) in hits.iter().enumerate() {
        a.alu(Alu::Cmp, true, RSI, at(RDX, 16 * i as i32));
        a.jcc(CC_E, *hit);
    }
    a.jmp(fails);
    for hit in hits.iter().rev() {
        a.bind(*hit);
        if *hit != hits[0] {
            a.alu_imm(Alu::Add, true, RDX, 16);
        }
    }

    // RDX: host address of the page, and rights.
    a.mov(true, RDX, at(RDX, 8));
    let right = in_cpu(way + if write { tlb::WAY_WRITE } else { tlb::WAY_READ });
    a.test(true, right, RDX);
    a.jcc(CC_E, fails);
    let entry = |field: usize| indexed(R15, RCX, 0, field as i32);
    a.mov(true, RSI, RAX);
    a.alu(Alu::And, true, RSI, key(tlb::KEY_PAGE));
    a.mov(true, RDI, RDX);
    a.alu_imm(Alu::And, true, RDI, !(tlb::RIGHTS as i32));
    a.alu(Alu::Sub, true, RDI, RSI);
    a.store(true, entry(tlb::HOST), RDI);
    a.mov(true, RSI, RAX);
    a.alu_imm(Alu::Or, true, RSI, 0xfff);
    a.store(true, entry(tlb::READ), RSI);
    if !write {
        a.alu(Alu::Xor, false, RDI, RDI);
        a.test(true, in_cpu(way + tlb::WAY_WRITE), RDX);
        a.cmov(CC_E, true, RSI, RDI);
    }
    a.store(true, entry(tlb::WRITE), RSI);

    // Into the list of its kind, unless it stands there.
    let global = a.label();
    a.test_imm(false, RDX, tlb::LOCAL as i32);
    a.jcc(CC_E, global);
    for (bit, list) in tlb::LISTS {
        if bit != tlb::LISTS[0].0 {
            a.bind(global);
        }
        a.test_imm(true, entry(tlb::LISTED), bit as i32);
        a.jcc(CC_NE, served);
        a.alu_imm(Alu::Or, true, entry(tlb::LISTED), bit as i32);
        a.lea(true, RSI, indexed(R15, RCX, 0, 0));
        a.alu(Alu::Sub, true, RSI, in_cpu(tlb::ADDRESSES));
        a.shift_imm(Shift::Shr, true, RSI, tlb::ENTRY.trailing_zeros() as u8);
        a.mov(true, RDX, in_cpu(list + tlb::LIST_LEN));
        a.mov(true, RDI, in_cpu(list + tlb::LIST_NUMBERS));
        a.store(false, indexed(RDI, RDX, 2, 0), RSI);
        a.alu_imm(Alu::Add, true, in_cpu(list + tlb::LIST_LEN), 1);
        a.jmp(served);
    }

    a.bind(served);
    a.pop(RDI);
    a.pop(RSI);
    a.alu(Alu::Cmp, false, RAX, RAX);
    a.ret();
    a.bind(fails);
    a.pop(RDI);
    a.pop(RSI);
    // Never zero.
    a.test(true, RSP, RSP);
    a.ret();
}
