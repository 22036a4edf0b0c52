//! The recompiler against the interpreter on random code (`spec/cpu-engine.md` 8.4): single instructions, blocks compared at
//! their exits, and whole programs with links and the indirect-branch cache.
//!
//! `VMAPPLE_LOCKSTEP` multiplies the number of cases; `VMAPPLE_LOCKSTEP_SEED` is where they start. `VMAPPLE_LOCKSTEP_OPTIONS`
//! are options of the recompiler for the programs, as in `no-links,first=300`: to find out about a failure.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../../../a64/tests/oracle/harness/mod.rs"]
mod harness;
mod hash;
#[path = "../machine/mod.rs"]
mod machine;
mod program;
mod twin;

use harness::class::classes;
use harness::compare::describe;
use harness::generate::Generator;
use harness::local::{Core, Local};
use harness::rng::Rng;
use machine::Engine;
use program::{END, Programs, listing};
use twin::Twin;
use vmapple_a64::{Cpu, CpuConfig, Exit, Profile};
use vmapple_jit::{Jit, Switches};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |v| v.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The seeds of a test that runs so many cases ordinarily.
fn seeds(cases: u64) -> std::ops::Range<u64> {
    let first = number("VMAPPLE_LOCKSTEP_SEED", 0);
    first..first + cases * number("VMAPPLE_LOCKSTEP", 1)
}

struct Recompiled(Jit);

impl Core for Recompiled {
    fn cpu(&mut self) -> &mut Cpu {
        self.0.cpu_mut()
    }
    fn step(&mut self) -> Exit {
        self.0.run_block()
    }
}

const EXACT: fn() -> Switches = || Switches { dead_flags: false, ..Switches::default() };

/// Every row, alone and in short sequences, from random states at EL0, one instruction to a block.
#[test]
fn single_instructions() {
    for seed in seeds(1) {
        for class in classes() {
            let switches = Switches { long_blocks: false, ..EXACT() };
            let mut ours = Local::with(class.profile, |config: CpuConfig| {
                Recompiled(Jit::new(config, 1 << 20, switches).expect("an x86-64-v3 host"))
            });
            let mut theirs = Local::new(class.profile);
            let mut cases = Generator::new(&class, 0x6a69_7400 + seed, None);
            for _ in 0..4000 {
                let case = cases.case().expect("every class has rows");
                let (a, b) = (ours.run(&case), theirs.run(&case));
                assert!(a == b, "{}, seed {seed}: ours is the recompiler\n{}", class.name, describe(&case, &a, &b));
            }
        }
    }
}

/// Which core and level a seed is for.
fn flavour(seed: u64) -> (Profile, u8) {
    (if seed & 2 == 0 { Profile::M1 } else { Profile::M2 }, (seed & 1) as u8)
}

fn programs(seeds: std::ops::Range<u64>, mut switches: Switches, code: usize, length: u64) {
    if let Ok(options) = std::env::var("VMAPPLE_LOCKSTEP_OPTIONS") {
        options.split(',').for_each(|o| switches.apply(o).unwrap_or_else(|| panic!("{o} is no option")));
    }
    for group in seeds.clone().step_by(32) {
        let mut twins: Vec<_> = (0..4).map(|f| Twin::new(flavour(f).0, switches, code)).collect();
        let mut makers: Vec<_> = (0..4).map(|f| Programs::new(flavour(f).0, group * 4 + f)).collect();
        for seed in group..(group + 32).min(seeds.end) {
            let f = (seed % 4) as usize;
            let length = 8 + makers[f].rng.below(length) as usize;
            let words = makers[f].program(length);
            let mut r = Rng(seed);
            twins[f].start(&words, &mut r, flavour(seed).1);
            if let Err(e) = twins[f].run() {
                let first = first_difference(&words, seed, switches);
                panic!("seed {seed} (in the group from {group}), {switches:?}\n{e}{first}{}", listing(&words));
            }
        }
    }
}

/// For a message: the program once more, an instruction at a time.
fn first_difference(words: &[u32], seed: u64, switches: Switches) -> String {
    let switches = Switches { links: false, indirect: false, long_blocks: false, dead_flags: false, ..switches };
    let (profile, el) = flavour(seed);
    let mut twin = Twin::new(profile, switches, 4 << 20);
    twin.start(words, &mut Rng(seed), el);
    match by_blocks(&mut twin) {
        Ok(()) => "an instruction at a time, from a core of its own, it is right\n".into(),
        Err(e) => format!("an instruction at a time: {e}"),
    }
}

/// The same at EL1 and EL0 with exceptions, all system registers compared.
#[test]
fn programs_of_one_instruction_blocks() {
    programs(seeds(400), Switches { long_blocks: false, ..EXACT() }, 4 << 20, 60);
}

#[test]
fn programs_with_exact_flags() {
    programs(seeds(800), EXACT(), 4 << 20, 200);
}

/// Links, the indirect cache, dead flags: everything as it runs for users.
#[test]
fn programs_with_every_optimisation() {
    programs(seeds(1600), Switches::default(), 4 << 20, 400);
}

/// The same program at several addresses, which share pages of code; each copy is compared with a translation.
#[test]
fn programs_that_are_copied() {
    let mut copied = 0;
    for seed in seeds(100) {
        let (profile, level) = flavour(seed);
        let switches = Switches { check_copies: true, join: false, ..Switches::default() };
        let mut twin = Twin::new(profile, switches, 4 << 20);
        let words = Programs::new(profile, seed).program(300);
        for base in [machine::CODE, 0x6000_0000, 0xa000_0000, 0x12_0000_0000, 0x6a_bcde_f000, machine::CODE] {
            twin.move_to(base);
            twin.start(&words, &mut Rng(seed), level);
            if let Err(e) = twin.run() {
                panic!("seed {seed} at {base:#x}\n{e}{}", listing(&words));
            }
        }
        copied += twin.jit.copied();
    }
    assert!(copied > 1000, "{copied}");
}

/// The same, where code goes from the interpreter to recompiled code as it becomes hot.
#[test]
fn programs_that_begin_cold() {
    programs(seeds(800), Switches::all(), 4 << 20, 400);
}

/// More than a few pages of code, so that links cross pages.
#[test]
fn long_programs() {
    programs(seeds(64), Switches::default(), 4 << 20, 6000);
}

#[test]
fn programs_with_each_optimisation_off() {
    for (n, (_, field)) in vmapple_jit::SWITCHES.iter().enumerate() {
        let mut switches = Switches::default();
        *field(&mut switches) = false;
        let s = seeds(64);
        programs(s.start + 10_000 * n as u64..s.end + 10_000 * n as u64, switches, 4 << 20, 200);
    }
}

/// Each block compared where it is left.
#[test]
fn blocks_one_by_one() {
    for group in seeds(400).step_by(16) {
        let switches = Switches { links: false, indirect: false, ..EXACT() };
        let (profile, _) = flavour(group / 16);
        let mut twin = Twin::new(profile, switches, 4 << 20);
        let mut maker = Programs::new(profile, group ^ 0x626c_6f63_6b73);
        for seed in group..group + 16 {
            let length = 8 + maker.rng.below(150) as usize;
            let words = maker.program(length);
            twin.start(&words, &mut Rng(seed), (seed & 1) as u8);
            if let Err(e) = by_blocks(&mut twin) {
                panic!("seed {seed} (in the group from {group})\n{e}{}", listing(&words));
            }
        }
    }
}

/// Blocks after which a program is given up.
const LIMIT: usize = 4000;
/// Most instructions in a block, and one.
const LONGEST: usize = 129;

fn by_blocks(twin: &mut Twin) -> Result<(), String> {
    for _ in 0..LIMIT {
        let before = twin.jit.cpu().state.pc;
        let ours = twin.jit.run_block();
        // It may have done nothing but forget all code to make room.
        if ours == Exit::Stepped && twin.jit.cpu().state.pc == before && twin.compare(true).is_none() {
            continue;
        }
        // The interpreter goes on until it is where the block was left, in the same state: a loop may pass there before.
        let mut last = None;
        for _ in 0..LONGEST {
            let theirs = Engine::cpu(&mut twin.cpu).step();
            if theirs == ours && twin.cpu.state.pc == twin.jit.cpu().state.pc {
                last = twin.compare(true);
                if last.is_none() {
                    break;
                }
            } else {
                last.get_or_insert_with(|| format!("  never there: {ours:?}, {theirs:?}\n"));
            }
            if theirs != Exit::Stepped {
                break;
            }
        }
        if let Some(d) = last {
            return Err(format!("block at {before:#x}, left for {:#x}\n{d}", twin.jit.cpu().state.pc));
        }
        match ours {
            Exit::Stepped => {}
            Exit::Hypercall { imm: END } => return Ok(()),
            Exit::Hypercall { .. } => {
                if !twin.skip() {
                    return Ok(());
                }
            }
            other => return Err(format!("{other:?}\n")),
        }
    }
    Ok(())
}
