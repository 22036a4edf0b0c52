//! The border between Rust and recompiled code: entering it, leaving it, and having the interpreter execute one instruction
//! from inside it.

use crate::asm::{Asm, CC_NE, R12, R13, R14, R15, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, Vex, at};
use crate::frame::{Frame, PC, PINS, TLB, v_mem, vector_pins, x_mem};
use crate::memory::CodeMemory;
use crate::refill::Refill;
use crate::without::Without;
use vmapple_a64::Op;
use vmapple_a64::cpu::Break;

/// What recompiled code hands to [`execute`]: lies in the code memory beside the code.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Record {
    pub(crate) op: Op,
    pub(crate) pc: u64,
    /// Not 0: the instruction reads or writes `FPSR` or `FPCR`, so that what the host noted must be folded in first.
    pub(crate) folds_fpsr: u32,
    /// NZCV where all that is known of it, and needed, is the condition of [`crate::emit::Flags::Byte`]: a value for which
    /// it does not hold (bits 3:0), one for which it does (bits 7:4), and bit 8. 0: NZCV is in the state, or dead.
    pub(crate) known: u32,
}

/// Why code was left: kind in the top bits, number below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// The program counter in the state is where to go on.
    AtPc,
    /// The same, out of an indirect branch: the address may carry a tag.
    Indirect,
    /// A link that leads nowhere yet, or the attention check on it.
    Link(u32),
    /// The guard of a block did not hold.
    Guard(u32),
    /// The interpreter stopped: see [`Frame::stopped`].
    Stopped,
}

pub(crate) const LINK: u32 = 1 << 30;
pub(crate) const GUARD: u32 = 2 << 30;
const STOPPED: u32 = 3 << 30;

impl Left {
    fn from_code(code: u32) -> Self {
        let n = code & (LINK - 1);
        match code >> 30 {
            0 if n == 0 => Left::AtPc,
            0 => Left::Indirect,
            1 => Left::Link(n),
            2 => Left::Guard(n),
            _ => Left::Stopped,
        }
    }
}

/// Addresses of the hand-written routines at the start of the code memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routines {
    enter: u64,
    enter_serialised: u64,
    /// Call with the address of a [`Record`] in RAX: the interpreter executes it. Returns if the instruction is complete.
    pub(crate) execute: u64,
    /// Jump with a code for [`Left`] in EAX.
    pub(crate) leave: u64,
    /// Jump with the target of an indirect branch in RAX.
    pub(crate) indirect_miss: u64,
    /// Jump with the address of the next instruction in RAX.
    pub(crate) leave_at: u64,
    /// What fills an entry of the first-level TLB.
    pub(crate) refill: Refill,
    /// First free byte after them.
    pub(crate) end: usize,
}

const VMOVUPS_LOAD: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x10 };
const VMOVUPS_STORE: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x11 };

/// Pinned registers to memory. Changes no register and no flag.
fn spill(a: &mut Asm, wide: bool) {
    for (guest, host) in PINS {
        a.store(true, x_mem(guest), host);
    }
    for &(guest, host) in vector_pins(wide) {
        a.vex2(VMOVUPS_STORE, host, v_mem(guest));
    }
}

/// Pinned registers from memory, and the TLB array.
fn reload(a: &mut Asm, wide: bool) {
    for (guest, host) in PINS {
        a.mov(true, host, x_mem(guest));
    }
    for &(guest, host) in vector_pins(wide) {
        a.vex2(VMOVUPS_LOAD, host, v_mem(guest));
    }
    a.mov(true, R15, TLB);
}

impl Routines {
    /// Writes the routines for one core to the start of its code memory. `wide`: see [`vector_pins`].
    pub(crate) fn write(memory: &mut CodeMemory, frame: *const Frame, wide: bool) -> Self {
        let mut a = Asm::default();
        a.restart(memory.origin());
        let address = |a: &Asm| a.origin + u64::from(a.here());

        // enter(rdi: code, rsi: RBP): the host's callee-saved registers, then the guest's.
        let saved = [RBX, RBP, R12, R13, R14, R15];
        let prologue = |a: &mut Asm| {
            for r in saved {
                a.push(r);
            }
            // Seven words with the return address: one more aligns the stack.
            a.alu_imm(crate::asm::Alu::Sub, true, RSP, 8);
            a.mov(true, RBP, RSI);
            a.mov(true, RAX, RDI);
            reload(a, wide);
        };
        let enter = address(&a);
        prologue(&mut a);
        a.jmp_reg(RAX);

        // The same through IRET, which serialises: the processor may hold stale copies of code that was written
        // through the other mapping.
        let enter_serialised = address(&a);
        prologue(&mut a);
        a.mov(true, RCX, RSP);
        a.raw(&[0x8c, 0xd2]); // mov edx, ss
        a.push(RDX);
        a.push(RCX);
        a.byte(0x9c); // pushfq
        a.raw(&[0x8c, 0xca]); // mov edx, cs
        a.push(RDX);
        a.push(RAX);
        a.raw(&[0x48, 0xcf]); // iretq

        let leave = a.label();
        let leave_at = address(&a);
        a.store(true, PC, RAX);
        a.mov_imm(RAX, 0);
        a.jmp(leave);
        let indirect_miss = address(&a);
        a.store(true, PC, RAX);
        a.mov_imm(RAX, 1);
        a.bind(leave);
        let leave = address(&a);
        spill(&mut a, wide);
        let spilled = a.label();
        a.bind(spilled);
        a.alu_imm(crate::asm::Alu::Add, true, RSP, 8);
        for r in saved.iter().rev() {
            a.pop(*r);
        }
        a.ret();

        let execute_at = address(&a);
        spill(&mut a, wide);
        a.mov_imm(RDI, frame as u64);
        a.mov(true, RSI, RAX);
        a.mov_imm(RAX, execute as *const () as u64);
        // The return address of the call to here has left the stack misaligned.
        a.alu_imm(crate::asm::Alu::Sub, true, RSP, 8);
        a.call_reg(RAX);
        a.lea(true, RSP, at(RSP, 8));
        let out = a.label();
        a.test(false, RAX, RAX);
        a.jcc(CC_NE, out);
        reload(&mut a, wide);
        a.ret();
        a.bind(out);
        a.lea(true, RSP, at(RSP, 8));
        a.jmp(spilled);

        let refill = Refill::write(&mut a);

        a.resolve();
        memory.write(0, &a.bytes);
        let end = (a.bytes.len() + 63) & !63;
        Self { enter, enter_serialised, execute: execute_at, leave, indirect_miss, leave_at, refill, end }
    }

    /// Runs code until it leaves.
    ///
    /// # Safety
    /// `code` is the entry of a block in the memory these routines were written to, made for `frame`; nothing else uses the
    /// frame meanwhile.
    pub(crate) unsafe fn run(&self, frame: *mut Frame, code: u64, serialise: bool) -> Left {
        let entry = if serialise { self.enter_serialised } else { self.enter };
        // Why unsafe: calling code that was made at run time. SAFETY: `write` made it with this signature; the caller
        // vouches for `code` and `frame`.
        let code = unsafe {
            let enter: extern "C" fn(u64, u64) -> u32 = std::mem::transmute(entry);
            let state = frame.cast::<u8>().add(std::mem::offset_of!(Frame, cpu) + vmapple_a64::layout::STATE);
            enter(code, state as u64 + 128)
        };
        Left::from_code(code)
    }
}

/// Executes one instruction by the interpreter, for recompiled code. 0: complete; else a code for [`Left`].
///
/// Called from recompiled code only, with the guest's registers in the frame's state.
extern "C" fn execute(frame: *mut Frame, record: *const Record) -> u32 {
    // Why unsafe: recompiled code passes addresses. SAFETY: it passes its own core's frame, which nothing else uses while it
    // runs, and a record that was written beside it.
    let (frame, record) = unsafe { (&mut *frame, &*record) };
    if record.folds_fpsr != 0 {
        frame.fold_status();
    }
    let cpu = &mut frame.cpu;
    cpu.state.pc = record.pc;
    let result = cpu.execute(&record.op);
    if frame.without != Some(Without::Regimes) {
        frame.tlb = cpu.data_tlb();
    }
    if record.known != 0 {
        // Code that is entered after this one looks for NZCV in the state.
        cpu.state.nzcv = (record.known >> (4 * u32::from(frame.condition & 1)) & 15) << 28;
    }
    match result {
        // Something became invalid that may concern the code that follows: go on in the dispatcher.
        Ok(()) if cpu.journal_dirty() && frame.without != Some(Without::Resync) => {
            cpu.state.pc = record.pc.wrapping_add(4);
            frame.stopped = Break::Resync;
            STOPPED
        }
        Ok(()) => 0,
        Err(why) => {
            frame.stopped = why;
            STOPPED
        }
    }
}
