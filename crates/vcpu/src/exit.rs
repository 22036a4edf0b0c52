//! Why an engine handed control back.

/// One exit, whatever engine it comes from. The interpreter serves devices and registers in place (they are calls of its
/// own thread); engines on hardware report them here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A load or store to device space that the hardware decoded. Reads go to the engine's `complete`.
    Mmio {
        /// Guest physical address.
        pa: u64,
        /// 1, 2, 4 or 8 bytes.
        size: u8,
        /// The value of a store; `None` for a load.
        store: Option<u64>,
    },
    /// An access to device space without a syndrome: the interpreter executes this one instruction with the engine's
    /// registers.
    Undecoded,
    /// A trapped system register.
    Register {
        /// `op0:op1:CRn:CRm:op2`, as in `vmapple_a64::decode::sysreg_encoding`.
        key: u16,
        /// The value of a write; `None` for a read.
        write: Option<u64>,
    },
    /// `HVC`; the program counter is past it.
    Hypercall {
        /// The instruction's immediate.
        imm: u16,
    },
    /// `WFI` with nothing pending.
    Wfi,
    /// `WFE` with no event registered.
    Wfe,
    /// Somebody asked for the thread's attention.
    Kicked,
    /// The guest cannot go on.
    Stop {
        /// Why, for the user.
        why: String,
    },
}
