//! What lies outside the core, and why a run of it ends.

/// The access ended in a synchronous external abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternalAbort;

/// System registers whose state is not the core's: the generic timer's and the interrupt controller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, missing_docs, reason = "names as the manual prints them")]
pub enum SysRegister {
    CNTP_TVAL_EL0,
    CNTP_CTL_EL0,
    CNTP_CVAL_EL0,
    CNTV_TVAL_EL0,
    CNTV_CTL_EL0,
    CNTV_CVAL_EL0,
    /// An `ICC_*_EL1` register, by its 16-bit encoding (op0-op1-CRn-CRm-op2, as in `decode::sysreg_encoding`).
    Icc(u16),
}

/// The outside of one core. Called on the vCPU's own thread, with no lock of this crate's held.
pub trait Env: Send {
    /// Loads `size` (1, 2, 4 or 8) bytes from device space. Bits above the size are zero.
    ///
    /// # Errors
    /// [`ExternalAbort`] if nothing answers and the machine is set to say so.
    fn read(&mut self, pa: u64, size: u8) -> Result<u64, ExternalAbort>;

    /// Stores the low `size` (1, 2, 4 or 8) bytes of `value` to device space.
    ///
    /// # Errors
    /// As for [`Env::read`].
    fn write(&mut self, pa: u64, size: u8, value: u64) -> Result<(), ExternalAbort>;

    /// Reads a register that is not the core's. `None`: no such register, or not readable (UNDEFINED).
    fn read_register(&mut self, reg: SysRegister) -> Option<u64>;

    /// Writes a register that is not the core's. `None`: no such register, or not writable (UNDEFINED).
    fn write_register(&mut self, reg: SysRegister, value: u64) -> Option<()>;

    /// The system counter, `CNTVCT_EL0` and `CNTPCT_EL0`, at 24 MHz.
    fn counter(&mut self) -> u64;
}

/// Why the core stopped running guest code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// `HVC`. The program counter is already past it.
    Hypercall {
        /// The instruction's immediate.
        imm: u16,
    },
    /// `WFI` with no interrupt pending. The program counter is past it.
    Wfi,
    /// `WFE` with no event registered. The program counter is past it. The caller waits a bounded time.
    Wfe,
    /// Someone set [`crate::attention::KICK`].
    Kicked,
    /// An encoding that is defined and that this build does not execute. Nothing has changed; the guest
    /// cannot go on.
    NotImplemented {
        /// Where it stands.
        pc: u64,
        /// The instruction.
        word: u32,
        /// The encoding's name in the table.
        name: &'static str,
    },
    /// [`crate::Cpu::step`] executed its one instruction.
    Stepped,
}
