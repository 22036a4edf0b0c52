//! A core with nothing around it, for tests of executors: EL1, MMU off, FP on, no memory behind its code.

use crate::cpu::{Cpu, CpuConfig, R};
use crate::decode::{decode_for, row};
use crate::{Attention, Coherence, Env, ExternalAbort, Profile, SysRegister};
use std::sync::Arc;
use vmapple_memory::GuestMemory;

struct Nothing;

impl Env for Nothing {
    fn read(&mut self, _: u64, _: u8) -> Result<u64, ExternalAbort> {
        Err(ExternalAbort)
    }
    fn write(&mut self, _: u64, _: u8, _: u64) -> Result<(), ExternalAbort> {
        Err(ExternalAbort)
    }
    fn read_register(&mut self, _: SysRegister) -> Option<u64> {
        None
    }
    fn write_register(&mut self, _: SysRegister, _: u64) -> Option<()> {
        None
    }
    fn counter(&mut self) -> u64 {
        0
    }
}

/// The core.
pub(crate) fn core() -> Cpu {
    core_of(Profile::M1)
}

/// A core of a profile.
pub(crate) fn core_of(profile: Profile) -> Cpu {
    let attention = Arc::new(Attention::new());
    let coherence = Coherence::new(std::slice::from_ref(&attention));
    let memory = GuestMemory::new(0x4000_0000, 0x1_0000, None).expect("64 KiB");
    let env = Box::new(Nothing);
    let mut cpu = Cpu::new(CpuConfig { index: 0, affinity: 0, profile, memory, attention, coherence, env });
    cpu.state.sys.cpacr_el1 = 3 << 20;
    cpu
}

/// Decodes and executes one word.
pub(crate) fn run(cpu: &mut Cpu, word: u32) -> R<()> {
    let op = decode_for(cpu.profile, word);
    (row(op.code).exec)(cpu, &op)
}
