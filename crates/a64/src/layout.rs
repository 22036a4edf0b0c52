//! What a recompiler needs of a core beyond its public face: where things lie, and the steps of the run loop.
//!
//! Recompiled code keeps the guest's registers in [`State`] (or in host registers between its own instructions), finds
//! guest memory through the TLB entries the interpreter fills, and hands every instruction it cannot do, or cannot do now,
//! to [`Cpu::execute`]. So there is one implementation of everything slow, and it is the reference.

use crate::code::{CodeCache, Journal};
use crate::cpu::{Break, Cpu};
use crate::decode::{EXEC, Op};
use crate::env::Exit;
use crate::profile::Profile;
use crate::state::State;
use std::mem::offset_of;

/// Offset of [`Cpu::state`] in a [`Cpu`].
pub const STATE: usize = offset_of!(Cpu, state);
/// Offset in a [`Cpu`] of the 32-bit mask of attention bits that interrupt running code now.
pub const ATTENTION_MASK: usize = offset_of!(Cpu, attention_mask);
/// Offset of the EL1 stack selection (one byte, 0 or 1) in a [`State`].
pub const SPSEL: usize = offset_of!(State, pstate) + offset_of!(crate::state::PState, spsel);

/// Offset in a [`Cpu`] of a byte that is 1 while a `DSB` has other cores to wait for.
pub const UNSYNCED: usize = offset_of!(Cpu, unsynced);
/// Offset in a [`Cpu`] of a byte that is 1 while [`Cpu::journal_dirty`].
pub const JOURNAL_DIRTY: usize = offset_of!(Cpu, code) + offset_of!(CodeCache, journal) + offset_of!(Journal, dirty);
/// For each condition 0..=15, a bit for each of the 16 values of NZCV that satisfy it.
pub const CONDITION_HOLDS: [u16; 16] = crate::interp::flags::HOLDS;
/// The multiplier of the pointer authentication hash: `crate::interp::pauth`.
pub const PAC_MULTIPLIER: u64 = crate::interp::pauth::MULTIPLIER;

/// Offset in a [`Cpu`] of the exclusive monitor: offset in guest memory, bytes (0: clear), and 16 bytes of value, which a
/// load-exclusive sets and a store-exclusive compares and clears.
pub const MONITOR: usize = offset_of!(Cpu, monitor);

/// The first-level TLB and the second, for code that searches them.
pub mod tlb {
    use super::{Cpu, offset_of};
    use crate::mmu::first::{self, List};
    use crate::mmu::second::{self, Key};
    use crate::mmu::{Mmu, Way, rights};

    /// Entries of a first-level array: direct-mapped by the bits of the virtual address from 12 up.
    pub const ENTRIES: usize = first::ENTRIES;
    /// Bytes of an entry.
    pub const ENTRY: usize = 32;
    /// Offset in an entry of the last address of the page that may be read; 0 if none may.
    pub const READ: usize = 8 * first::READ;
    /// The same for writing.
    pub const WRITE: usize = 8 * first::WRITE;
    /// Offset in an entry of what to add to a virtual address to get the host's.
    pub const HOST: usize = 8 * first::HOST;
    /// Offset in an entry of a word that says in which lists it stands.
    pub const LISTED: usize = 8 * first::LISTED;
    /// The bits in it and the lists' places in a [`Cpu`]: of entries that are tied to the address space, and of global ones.
    pub const LISTS: [(u64, usize); 2] = [
        (first::IN_LOCAL, MMU + offset_of!(Mmu, first.local)),
        (first::IN_GLOBAL, MMU + offset_of!(Mmu, first.global)),
    ];
    /// Offset in a list of the number of entries in it.
    pub const LIST_LEN: usize = offset_of!(List, len);
    /// Offset in a list of the host address of 32-bit numbers of entries, counted from the first array's first; a list has
    /// room for each entry once.
    pub const LIST_NUMBERS: usize = offset_of!(List, address);

    const MMU: usize = offset_of!(Cpu, mmu);
    /// Offset in a [`Cpu`] of the host addresses of the first entry and the first set.
    pub const ADDRESSES: usize = MMU + offset_of!(Mmu, addresses);

    /// Offsets in a [`Cpu`] of the ways of ordinary and of unprivileged accesses.
    pub const WAYS: [usize; 2] = [MMU + offset_of!(Mmu, ordinary), MMU + offset_of!(Mmu, unprivileged)];
    /// Offset in a way of the bit that a set's entry must have for reading; 0: none has.
    pub const WAY_READ: usize = offset_of!(Way, read);
    /// The same for writing. Whoever may write may read.
    pub const WAY_WRITE: usize = offset_of!(Way, write);
    /// Offset in a way of the bytes from [`Cpu::data_tlb`] to its array, wrapping.
    pub const WAY_ARRAY: usize = offset_of!(Way, array);

    /// Offset in a [`Cpu`] of the keys of the low and of the high half.
    pub const KEYS: usize = MMU + offset_of!(Mmu, keys);
    /// Bytes of a key.
    pub const KEY: usize = size_of::<Key>();
    /// Offset in a key of the context's number: the low bits of a tag.
    pub const KEY_CONTEXT: usize = offset_of!(Key, context);
    /// Offset in a key of the number of bits that a virtual address is shifted by to give the number of its page.
    pub const KEY_SHIFT: usize = offset_of!(Key, shift);
    /// Offset in a key of the mask that leaves the page's address of an address.
    pub const KEY_PAGE: usize = offset_of!(Key, page);
    /// Offset in a key of what, by exclusive or, makes the number of a page that of its set, modulo [`SETS`].
    pub const KEY_SPREAD: usize = offset_of!(Key, spread);

    /// Sets of the second level: [`SET_WAYS`] entries each, of two words, tag and value.
    pub const SETS: usize = second::SETS;
    /// Entries of a set.
    pub const SET_WAYS: usize = second::WAYS;
    /// Bits that the number of a page is shifted by in a tag.
    pub const PAGE_SHIFT: u32 = second::PAGE_SHIFT;
    /// A value is the host address of the page and, in these bits, rights.
    pub const RIGHTS: u64 = rights::MASK;
    /// The right that says that an entry is tied to the address space.
    pub const LOCAL: u64 = rights::LOCAL_BIT;

    const _: () = assert!(KEY == 32 && ENTRIES.is_power_of_two());
}

impl Cpu {
    /// Says that guest code is about to run on this thread, and catches up with maintenance.
    pub fn begin(&mut self) {
        self.enter();
    }

    /// The end of what [`Cpu::begin`] began.
    pub fn end(&mut self) {
        self.coherence.set_running(self.index, false);
    }

    /// Takes interrupts and maintenance that wait; `Ok(true)` if an interrupt was taken.
    ///
    /// # Errors
    /// The exit that someone asked for.
    pub fn serve_attention(&mut self) -> Result<bool, Exit> {
        self.attend()
    }

    /// Whether anything waits for [`Cpu::serve_attention`].
    #[inline]
    pub fn is_wanted(&self) -> bool {
        self.attention.bits() & self.attention_mask != 0
    }

    /// Address of the attention word, which other threads change: for code that looks at it between blocks.
    pub fn attention_address(&self) -> *const u32 {
        self.attention.address()
    }

    /// Host address of the TLB array that ordinary data accesses use now: [`tlb::ENTRIES`] entries. It stays where it is for
    /// the life of the core; which array is current changes with the exception level, PSTATE.PAN and `SCTLR_EL1.A`.
    pub fn data_tlb(&self) -> u64 {
        self.mmu.data_address()
    }

    /// Executes one instruction that stands at `state.pc`. `Ok`: it is complete and the next one follows it; the program
    /// counter has not been advanced.
    ///
    /// # Errors
    /// [`Break`] says what to do; for [`Break::Exception`] call [`Cpu::take_exception`], for [`Break::Exit`]
    /// [`Cpu::take_exit`].
    pub fn execute(&mut self, op: &Op) -> Result<(), Break> {
        EXEC[usize::from(op.code.0) & (EXEC.len() - 1)](self, op)
    }

    /// Whether the instruction at the program counter is the interpreter's: a debugger watches what executes, or an indirect
    /// branch has left its mark in `PSTATE.BTYPE`, which only a landing through the interpreter takes away.
    #[inline]
    pub fn wants_interpreter(&self) -> bool {
        self.debug_armed() || self.state.pstate.btype != 0
    }

    /// Executes at least one instruction by the interpreter, for [`Cpu::wants_interpreter`]. [`Break::Jump`] if nothing else
    /// is to be done.
    pub fn interpret(&mut self) -> Break {
        if self.debug_armed() { self.run_debugged(false) } else { self.run_page::<true>() }
    }

    /// Host address of offset 0 in guest memory.
    pub fn host_base(&self) -> u64 {
        self.memory.host_address()
    }

    /// Which core it is.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Takes the exception that [`Cpu::execute`] or [`Cpu::fetch`] raised.
    pub fn take_exception(&mut self) {
        self.take_pending_exception();
    }

    /// The exit that [`Cpu::execute`] left, if any.
    pub fn take_exit(&mut self) -> Option<Exit> {
        self.exit.take()
    }

    /// Where the page of the program counter lies: its offset in guest memory, and whether that is tied to the address
    /// space.
    ///
    /// # Errors
    /// [`Break::Exception`] if fetching there faults.
    pub fn fetch(&mut self) -> Result<(usize, bool), Break> {
        self.fetch_offset(self.state.pc).map(|code| (code.offset, code.local))
    }

    /// The instruction word at an offset in guest memory.
    pub fn word(&self, offset: usize) -> u32 {
        self.memory.load::<u32>(offset).unwrap_or(0)
    }

    /// The words of the 64-byte line at an offset in guest memory, each read at once.
    pub fn line(&self, offset: usize) -> [u32; 16] {
        let mut words = [0; 16];
        for (i, four) in words.chunks_exact_mut(4).enumerate() {
            let v = self.memory.load::<u128>(offset + 16 * i).unwrap_or(0);
            for (j, word) in four.iter_mut().enumerate() {
                *word = (v >> (32 * j)) as u32;
            }
        }
        words
    }

    /// Removes the tag that a branch target may carry from the program counter, as the branch would have.
    pub fn untag_pc(&mut self) {
        self.state.pc = self.branch_address(self.state.pc);
    }

    /// Whether anything has become invalid since [`Cpu::take_journal`].
    #[inline]
    pub fn journal_dirty(&self) -> bool {
        self.code.journal.dirty
    }

    /// What has become invalid since the last call.
    pub fn take_journal(&mut self) -> Journal {
        std::mem::take(&mut self.code.journal)
    }

    /// The bits that a pointer authentication code takes under the current `TCR_EL1`: for instruction and for data keys, in
    /// pointers of the low and of the high half.
    pub fn pac_fields(&self) -> [[u64; 2]; 2] {
        [false, true].map(|data| [0, 1 << 55].map(|half| self.pac_field(half, data).0))
    }

    /// Whether floating point and SIMD are enabled at the current exception level (`CPACR_EL1.FPEN`).
    pub fn fp_usable(&self) -> bool {
        match self.state.sys.cpacr_el1 >> 20 & 3 {
            3 => true,
            1 => self.state.pstate.el != 0,
            _ => false,
        }
    }
}
