//! One guest made of arbitrary bytes, on the interpreter: random words, random state, hostile page tables, interrupts.
//! Shared by the fuzz target `a64` and by the ordinary test that replays its seeds.
//!
//! ```text
//! bytes 0..8     seed of everything that the rest does not say
//! byte 8         bit 0 MMU on, 1 the lower half's tables hostile too, 2 EL0, 3 interrupts, 4 device memory for code
//! byte 9         what TCR_EL1 is made of: bits 1:0 TG1, 4:2 T1SZ, 5 TBI, 6 TBID, 7 A1
//! bytes 10..     the program
//! ```

#[allow(dead_code, reason = "shared with the oracle")]
#[path = "../oracle/harness/rng.rs"]
mod rng;

use rng::Rng;
use std::sync::Arc;
use vmapple_a64::attention::{FIQ, IRQ};
use vmapple_a64::{Attention, Coherence, Cpu, CpuConfig, Env, ExternalAbort, Profile, SysRegister};
use vmapple_memory::GuestMemory;

const RAM: u64 = 0x7000_0000;
const RAM_SIZE: u64 = 0x2_0000;
const ROM: u64 = 0x10_0000;
const ROM_SIZE: u64 = 0x1_0000;
/// Where translation tables are put: random descriptors, except for the first page.
const TABLES: u64 = RAM + 0x1_0000;
const STEPS: usize = 2000;

/// Everything that is not memory. Being asked for memory is what must not happen.
struct Outside;

impl Outside {
    fn check(pa: u64, size: u8) -> Result<(), ExternalAbort> {
        assert!(matches!(size, 1 | 2 | 4 | 8), "an access of {size} bytes");
        let last = pa.checked_add(u64::from(size) - 1).expect("an access that wraps around");
        for (base, len) in [(RAM, RAM_SIZE), (ROM, ROM_SIZE)] {
            assert!(last < base || pa >= base + len, "{pa:#x} is memory");
        }
        if pa & 0x1000 != 0 { Err(ExternalAbort) } else { Ok(()) }
    }
}

impl Env for Outside {
    fn read(&mut self, pa: u64, size: u8) -> Result<u64, ExternalAbort> {
        Self::check(pa, size).map(|()| pa.rotate_left(7))
    }
    fn write(&mut self, pa: u64, size: u8, _: u64) -> Result<(), ExternalAbort> {
        Self::check(pa, size)
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

fn one_of<const N: usize>(choice: u64, from: [u64; N]) -> u64 {
    from[(choice % N as u64) as usize]
}

/// A page table entry: nothing, a table, a block or page, anywhere or in RAM, with any attributes.
fn descriptor(r: &mut Rng) -> u64 {
    let in_ram = RAM + (r.next() & 0x1_f000);
    let output =
        one_of(r.next(), [in_ram, in_ram, TABLES + (r.next() & 0xf000), ROM, 0x4000_0000, r.next() & 0xffff_ffff_f000]);
    match r.next() % 8 {
        0 => 0,
        1 => r.next(),
        2..=4 => output | 3 | r.next() & 0xffff_0000_0000_0ffc,
        // Accessed, so that it is used.
        _ => output | 1 << 10 | 3 | r.next() & 0xffff_0000_0000_0bfc,
    }
}

/// An address that leads somewhere, or nearly.
fn address(r: &mut Rng) -> u64 {
    let top = u64::MAX << (r.next() % 49);
    let near = r.next() & 0x1f;
    match r.next() % 8 {
        0 => r.next(),
        1 => r.next() % 256,
        2 => (RAM + RAM_SIZE).wrapping_sub(near),
        3 => ROM + (r.next() & 0xffff),
        4 => top | r.next() & 0xf_ffff,
        5 => top.wrapping_add(near),
        6 => (RAM + (r.next() & 0x1_ffff)) | r.next() << 56,
        _ => RAM + (r.next() & 0x1_fff8),
    }
}

/// What the guest runs on: the interpreter, or an engine that has to hold the same rules.
pub(crate) trait Core {
    fn cpu(&mut self) -> &mut Cpu;
    /// Runs an instruction or a few.
    fn step(&mut self);
}

impl Core for Cpu {
    fn cpu(&mut self) -> &mut Cpu {
        self
    }
    fn step(&mut self) {
        Cpu::step(self);
    }
}

/// Runs the guest that the bytes describe on the interpreter. Panics if a rule is broken.
#[allow(dead_code, reason = "shared with the recompiler's")]
pub(crate) fn run(input: &[u8]) {
    run_on(input, Cpu::new);
}

/// The same on any core.
pub(crate) fn run_on<C: Core>(input: &[u8], make: impl FnOnce(CpuConfig) -> C) {
    let Some((header, program)) = input.split_at_checked(10) else { return };
    let seed = header[..8].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
    let (options, tcr) = (header[8], u64::from(header[9]));
    let option = |bit: u8| options >> bit & 1 != 0;
    let mut r = Rng(seed);

    let memory = GuestMemory::new(RAM, RAM_SIZE, Some((ROM, ROM_SIZE))).expect("less than a megabyte");
    let attention: Vec<_> = (0..2).map(|_| Arc::new(Attention::new())).collect();
    // The second core sleeps: what is broadcast piles up for it.
    let coherence = Coherence::new(&attention);
    let config = CpuConfig {
        index: 0,
        affinity: 0,
        // The one with everything.
        profile: Profile::M2,
        memory: memory.clone(),
        attention: attention[0].clone(),
        coherence,
        env: Box::new(Outside),
    };
    let mut core = make(config);

    let (_, tables) = memory.find(TABLES, 8).expect("in RAM");
    for at in (0x1000..0x1_0000).step_by(8) {
        memory.store(tables + at, descriptor(&mut r)).expect("in RAM");
    }
    // The lower half, unless hostile: devices in the first gigabyte, in the second what is there, RAM among it, for the
    // level that starts, and the same once more for EL1. (What EL0 may write, EL1 cannot execute.)
    let el0 = u64::from(option(2)) << 6;
    for (index, base, access) in [(0, 0u64, el0), (1, 0x4000_0000, el0), (2, 0x4000_0000, 0)] {
        let device = u64::from(option(4) || index == 0) << 2;
        memory.store(tables + 8 * index, base | 1 << 10 | 3 << 8 | access | device | 1).expect("in RAM");
    }
    let (_, code) = memory.find(RAM, 8).expect("in RAM");
    memory.write(code, &program[..program.len().min(0x8000)]).expect("in RAM");

    let s = &mut core.cpu().state;
    s.x[..31].fill_with(|| address(&mut r));
    s.v.fill_with(|| u128::from(r.next()) << 64 | u128::from(r.next()));
    s.sp = [address(&mut r) & !15, address(&mut r) & !15];
    (s.nzcv, s.fpcr, s.fpsr) = ((r.next() as u32) & 0xf000_0000, r.next() as u32 & 0x07f7_9f00, r.next() as u32 & 0x9f);
    let y = &mut s.sys;
    y.sctlr_el1 = r.next() & !1 | u64::from(option(0));
    // Little-endian; writable memory is mostly executable.
    y.sctlr_el1 &= !(3 << 24);
    if !r.next().is_multiple_of(8) {
        y.sctlr_el1 &= !(1 << 19);
    }
    y.cpacr_el1 = one_of(r.next(), [3 << 20, 3 << 20, 3 << 20, 1 << 20, 0]);
    y.ttbr0_el1 = if option(1) { TABLES + (r.next() & 0xffff) } else { TABLES };
    y.ttbr1_el1 =
        one_of(r.next(), [TABLES + (r.next() & 0xf000), RAM + (r.next() & 0x1_ffff), r.next()]) | r.next() << 48;
    let (granule, size) = (tcr & 3, [16, 17, 25, 28, 33, 39, 12, 48][usize::from(header[9] >> 2 & 7)]);
    y.tcr_el1 = 25 | size << 16 | granule << 30 | 5 << 32 | r.next() & 0x0fff_ffd0_0000_0000 & !(7 << 32);
    for (bit, is) in [(5, 3 << 37), (6, 3 << 51), (7, 1 << 22)] {
        y.tcr_el1 |= (tcr >> bit & 1) * is;
    }
    y.mair_el1 = one_of(r.next(), [0xff, 0xff_00ff, 0x0044_ff04_ff00_ffff, r.next()]);
    y.vbar_el1 = one_of(r.next(), [RAM, RAM + 0x800, RAM + 0x1000, RAM + 0x1800]);
    if option(0) {
        y.vbar_el1 += 0x4000_0000;
    }
    (y.elr_el1, y.spsr_el1) = (RAM + (r.next() & 0xffc), r.next() & 0xf0c0_03c5);
    (y.apia, y.apib, y.apda, y.apdb) = ([r.next(); 2], [r.next(); 2], [r.next(); 2], [r.next(); 2]);
    s.set_el(u8::from(!option(2)), !option(2));
    s.pstate.daif = 0;
    s.pc = RAM;
    core.cpu().state_replaced();

    for _ in 0..STEPS {
        if option(3) && r.next().is_multiple_of(64) {
            attention[0].set(one_of(r.next(), [u64::from(IRQ), u64::from(FIQ)]) as u32, r.next() & 1 != 0);
        }
        core.step();
    }
    assert_eq!(core.cpu().state.x[31], 0, "the zero register was written");
    let mut rom = vec![0; ROM_SIZE as usize];
    let (_, at) = memory.find(ROM, ROM_SIZE).expect("mapped");
    memory.read(at, &mut rom).expect("mapped");
    assert!(rom.iter().all(|b| *b == 0), "ROM was written");
}
