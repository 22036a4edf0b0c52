//! PSCI 1.1 (Arm DEN 0022) and the SMC calling convention's own functions (DEN 0028), over HVC.
//!
//! Pure: a call and a view of the CPUs' power states go in, an answer and at most one action come out.

use std::fmt;

/// Return values.
pub mod status {
    #![allow(missing_docs, reason = "names as the manual prints them")]
    pub const SUCCESS: i64 = 0;
    pub const NOT_SUPPORTED: i64 = -1;
    pub const INVALID_PARAMETERS: i64 = -2;
    pub const DENIED: i64 = -3;
    pub const ALREADY_ON: i64 = -4;
    pub const ON_PENDING: i64 = -5;
    pub const INVALID_ADDRESS: i64 = -9;
}
use status::{ALREADY_ON, DENIED, INVALID_ADDRESS, INVALID_PARAMETERS, NOT_SUPPORTED, ON_PENDING, SUCCESS};

/// Function identifiers with the 64-bit calling convention bit (30) masked out.
mod function {
    pub(super) const PSCI_VERSION: u32 = 0x8400_0000;
    pub(super) const CPU_SUSPEND: u32 = 0x8400_0001;
    pub(super) const CPU_OFF: u32 = 0x8400_0002;
    pub(super) const CPU_ON: u32 = 0x8400_0003;
    pub(super) const AFFINITY_INFO: u32 = 0x8400_0004;
    pub(super) const MIGRATE_INFO_TYPE: u32 = 0x8400_0006;
    pub(super) const SYSTEM_OFF: u32 = 0x8400_0008;
    pub(super) const SYSTEM_RESET: u32 = 0x8400_0009;
    pub(super) const PSCI_FEATURES: u32 = 0x8400_000a;
    pub(super) const SYSTEM_SUSPEND: u32 = 0x8400_000e;
    pub(super) const SMCCC_VERSION: u32 = 0x8000_0000;
    pub(super) const SMCCC_ARCH_FEATURES: u32 = 0x8000_0001;
}
use function::*;

/// Functions that take 64-bit arguments and so exist with bit 30 too.
const WIDE: [u32; 4] = [CPU_SUSPEND, CPU_ON, AFFINITY_INFO, SYSTEM_SUSPEND];
const NARROW: [u32; 8] = [
    PSCI_VERSION,
    CPU_OFF,
    MIGRATE_INFO_TYPE,
    SYSTEM_OFF,
    SYSTEM_RESET,
    PSCI_FEATURES,
    SMCCC_VERSION,
    SMCCC_ARCH_FEATURES,
];
const WIDE_BIT: u32 = 1 << 30;

/// Power state of a CPU, as `AFFINITY_INFO` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Executing, or in a standby state.
    On = 0,
    /// Off.
    Off = 1,
    /// Told to go on, not yet there.
    OnPending = 2,
}

/// What the service needs to know of the machine.
pub trait View {
    /// Index of the CPU with these `MPIDR_EL1` affinity bits (Aff3 at 39:32, Aff2..Aff0 at 23:0).
    fn find(&self, affinity: u64) -> Option<usize>;
    /// Power state of a CPU.
    fn power(&self, cpu: usize) -> Power;
    /// Whether instructions can be fetched from a physical address.
    fn executable(&self, pa: u64) -> bool;
    /// Number of CPUs that are not off.
    fn powered(&self) -> usize;
}

/// What has to happen besides the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Start a CPU at an address with X0.
    Start {
        /// Which.
        cpu: usize,
        /// Physical address.
        entry: u64,
        /// Its X0.
        context: u64,
    },
    /// Switch the caller off.
    Off,
    /// Let the caller wait for an interrupt, then go on after the call.
    Standby,
    /// Let the caller wait for an interrupt, then restart it at an address with X0.
    Suspend {
        /// Physical address.
        entry: u64,
        /// Its X0.
        context: u64,
    },
    /// The machine is switched off.
    SystemOff,
    /// The machine is reset.
    SystemReset,
    /// Not a call this service knows.
    Unknown,
}

/// A call: X0 is the function, X1..X3 the arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// X0.
    pub function: u64,
    /// X1, X2, X3.
    pub args: [u64; 3],
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}({:#x}, {:#x}, {:#x})", self.function, self.args[0], self.args[1], self.args[2])
    }
}

/// Whether a function identifier exists, with its calling convention.
fn exists(id: u32) -> bool {
    NARROW.contains(&id) || WIDE.contains(&id) || (id & WIDE_BIT != 0 && WIDE.contains(&(id & !WIDE_BIT)))
}

/// Serves a call. Returns X0 and what else to do.
pub fn serve(call: Call, view: &impl View) -> (i64, Action) {
    // Only the low half of X0 counts (DEN 0028, 2.7).
    let id = call.function as u32;
    if !exists(id) {
        return (NOT_SUPPORTED, Action::Unknown);
    }
    let wide = id & WIDE_BIT != 0;
    let arg = |n: usize| if wide { call.args[n] } else { call.args[n] & 0xffff_ffff };
    match id & !WIDE_BIT {
        PSCI_VERSION => (0x1_0001, Action::None),
        SMCCC_VERSION => (0x1_0001, Action::None),
        // No firmware workaround is needed: the ID registers say so (CSV2, CSV3).
        SMCCC_ARCH_FEATURES => {
            let known = [SMCCC_VERSION, SMCCC_ARCH_FEATURES].contains(&(call.args[0] as u32));
            (if known { SUCCESS } else { NOT_SUPPORTED }, Action::None)
        }
        PSCI_FEATURES => {
            let id = call.args[0] as u32;
            let known = exists(id) && id != SMCCC_ARCH_FEATURES;
            (if known { SUCCESS } else { NOT_SUPPORTED }, Action::None)
        }
        // A powerdown request may be served as standby (DEN 0022, 5.4.2): it returns.
        CPU_SUSPEND => (SUCCESS, Action::Standby),
        CPU_OFF => (SUCCESS, Action::Off),
        CPU_ON => cpu_on(arg(0), arg(1), arg(2), view),
        AFFINITY_INFO => match view.find(arg(0)) {
            Some(cpu) if arg(1) == 0 => (view.power(cpu) as i64, Action::None),
            _ => (INVALID_PARAMETERS, Action::None),
        },
        // 2: no trusted OS, nothing to migrate.
        MIGRATE_INFO_TYPE => (2, Action::None),
        SYSTEM_OFF => (SUCCESS, Action::SystemOff),
        SYSTEM_RESET => (SUCCESS, Action::SystemReset),
        SYSTEM_SUSPEND if !view.executable(arg(0)) => (INVALID_ADDRESS, Action::None),
        SYSTEM_SUSPEND if view.powered() > 1 => (DENIED, Action::None),
        SYSTEM_SUSPEND => (SUCCESS, Action::Suspend { entry: arg(0), context: arg(1) }),
        _ => (NOT_SUPPORTED, Action::Unknown),
    }
}

fn cpu_on(target: u64, entry: u64, context: u64, view: &impl View) -> (i64, Action) {
    let Some(cpu) = view.find(target) else { return (INVALID_PARAMETERS, Action::None) };
    if !view.executable(entry) || entry & 3 != 0 {
        return (INVALID_ADDRESS, Action::None);
    }
    match view.power(cpu) {
        Power::On => (ALREADY_ON, Action::None),
        Power::OnPending => (ON_PENDING, Action::None),
        Power::Off => (SUCCESS, Action::Start { cpu, entry, context }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two([Power; 2]);
    impl View for Two {
        fn find(&self, affinity: u64) -> Option<usize> {
            (affinity < 2).then_some(affinity as usize)
        }
        fn power(&self, cpu: usize) -> Power {
            self.0[cpu]
        }
        fn executable(&self, pa: u64) -> bool {
            pa >= 0x7000_0000
        }
        fn powered(&self) -> usize {
            self.0.iter().filter(|p| **p != Power::Off).count()
        }
    }

    fn call(function: u64, args: [u64; 3]) -> (i64, Action) {
        serve(Call { function, args }, &Two([Power::On, Power::Off]))
    }

    #[test]
    fn versions_and_features() {
        assert_eq!(call(0x8400_0000, [0; 3]).0, 0x1_0001);
        assert_eq!(call(0x8000_0000, [0; 3]).0, 0x1_0001);
        assert_eq!(call(0x8400_000a, [0xc400_0003, 0, 0]).0, 0);
        assert_eq!(call(0x8400_000a, [0x8000_0000, 0, 0]).0, 0, "how a guest finds the SMCCC version");
        assert_eq!(call(0x8400_000a, [0x8400_0012, 0, 0]).0, -1);
        assert_eq!(call(0x8400_000a, [0xc400_0008, 0, 0]).0, -1, "SYSTEM_OFF has no 64-bit form");
    }

    #[test]
    fn cpu_on_checks_target_entry_and_state() {
        let on = 0xc400_0003;
        assert_eq!(call(on, [1, 0x7020_0000, 7]), (SUCCESS, Action::Start { cpu: 1, entry: 0x7020_0000, context: 7 }));
        assert_eq!(call(on, [2, 0x7020_0000, 0]).0, INVALID_PARAMETERS);
        assert_eq!(call(on, [u64::MAX, 0x7020_0000, 0]).0, INVALID_PARAMETERS);
        assert_eq!(call(on, [1, 0x10, 0]).0, INVALID_ADDRESS);
        assert_eq!(call(on, [0, 0x7020_0000, 0]).0, ALREADY_ON);
    }

    #[test]
    fn affinity_info_knows_only_the_lowest_level() {
        assert_eq!(call(0xc400_0004, [1, 0, 0]).0, 1);
        assert_eq!(call(0xc400_0004, [0, 0, 0]).0, 0);
        assert_eq!(call(0xc400_0004, [0, 1, 0]).0, INVALID_PARAMETERS);
    }

    #[test]
    fn suspend_wants_all_other_cpus_off() {
        let args = [0x7000_0000, 9, 0];
        assert_eq!(call(0xc400_000e, args).1, Action::Suspend { entry: 0x7000_0000, context: 9 });
        let both = Two([Power::On, Power::On]);
        assert_eq!(serve(Call { function: 0xc400_000e, args }, &both).0, DENIED);
    }

    #[test]
    fn nonsense_is_not_supported() {
        for id in [0, 0x8400_00ff, 0xc100_0000, 0xffff_ffff, 0xdead_beef_8400_0007] {
            assert_eq!(call(id, [u64::MAX; 3]), (NOT_SUPPORTED, Action::Unknown));
        }
    }
}
