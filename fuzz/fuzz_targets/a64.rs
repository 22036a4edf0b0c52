//! Random words and random state on the interpreter, step by step: it never panics, hangs or reaches beyond guest memory.
//! The first bytes fill the registers, the rest is the program.
#![no_main]

use std::sync::Arc;
use vmapple_a64::{Attention, Coherence, Cpu, CpuConfig, Env, ExternalAbort, Profile, SysRegister};
use vmapple_memory::GuestMemory;

/// Device space that answers everything with its address.
struct Outside;

impl Env for Outside {
    fn read(&mut self, pa: u64, _: u8) -> Result<u64, ExternalAbort> {
        if pa & 0x1000 != 0 { Err(ExternalAbort) } else { Ok(pa) }
    }
    fn write(&mut self, pa: u64, _: u8, _: u64) -> Result<(), ExternalAbort> {
        if pa & 0x1000 != 0 { Err(ExternalAbort) } else { Ok(()) }
    }
    fn read_register(&mut self, _: SysRegister) -> Option<u64> {
        Some(0)
    }
    fn write_register(&mut self, _: SysRegister, _: u64) -> Option<()> {
        Some(())
    }
    fn counter(&mut self) -> u64 {
        0
    }
}

const BASE: u64 = 0x7000_0000;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let memory = GuestMemory::new(BASE, 0x2_0000, Some((0x10_0000, 0x1_0000))).expect("128 KiB");
    let attention = vec![Arc::new(Attention::new())];
    let coherence = Coherence::new(&attention);
    let mut cpu = Cpu::new(CpuConfig {
        index: 0,
        affinity: 0,
        // The one with everything.
        profile: Profile::M2,
        memory: memory.clone(),
        attention: attention[0].clone(),
        coherence,
        env: Box::new(Outside),
    });
    let (registers, program) = input.split_at(input.len().min(256));
    for (x, word) in cpu.state.x.iter_mut().zip(registers.chunks_exact(8)).take(31) {
        *x = u64::from_le_bytes(word.try_into().expect("eight bytes"));
    }
    let _ = memory.write(0, &program[..program.len().min(0x1_0000)]);
    cpu.state.pc = BASE;
    cpu.state.sys.vbar_el1 = BASE + 0x800;
    cpu.state.sys.cpacr_el1 = 3 << 20;
    cpu.state_replaced();
    for _ in 0..2000 {
        cpu.step();
    }
});
