//! The closed set of engines.

use crate::exit::Exit;
use vmapple_a64::Cpu;

/// One vCPU's engine.
#[derive(Debug)]
pub enum Engine {
    /// The interpreter.
    Interp(Box<Cpu>),
}

impl Engine {
    /// Runs guest code until something needs the caller.
    pub fn run(&mut self) -> Exit {
        match self {
            Engine::Interp(cpu) => match cpu.run() {
                vmapple_a64::Exit::Hypercall { imm } => Exit::Hypercall { imm },
                vmapple_a64::Exit::Wfi => Exit::Wfi,
                vmapple_a64::Exit::Wfe => Exit::Wfe,
                vmapple_a64::Exit::Kicked | vmapple_a64::Exit::Stepped => Exit::Kicked,
                vmapple_a64::Exit::NotImplemented { pc, word, name } => Exit::Stop {
                    why: format!(
                        "the guest executed {name} (instruction {word:#010x} at {pc:#x}), which this version does not implement"
                    ),
                },
            },
        }
    }

    /// Cold reset, then: start executing at `pc` with `x0`..`x3`.
    pub fn start(&mut self, pc: u64, x: [u64; 4]) {
        match self {
            Engine::Interp(cpu) => {
                cpu.reset();
                cpu.state.pc = pc;
                cpu.state.x[..4].copy_from_slice(&x);
            }
        }
    }

    /// Reads X0..X17, the registers of a hypercall.
    pub fn x(&self, n: usize) -> u64 {
        match self {
            Engine::Interp(cpu) => cpu.state.x.get(n).copied().unwrap_or(0),
        }
    }

    /// Writes X0..X17.
    pub fn set_x(&mut self, n: usize, value: u64) {
        match self {
            Engine::Interp(cpu) => {
                if let Some(x) = cpu.state.x.get_mut(n) {
                    *x = value;
                }
            }
        }
    }

    /// Steps back to the hypercall that was just reported, so that running on makes it again.
    pub fn repeat_hypercall(&mut self) {
        match self {
            Engine::Interp(cpu) => cpu.state.pc = cpu.state.pc.wrapping_sub(4),
        }
    }

    /// Where it stands, for messages.
    pub fn pc(&self) -> u64 {
        match self {
            Engine::Interp(cpu) => cpu.state.pc,
        }
    }

    /// Guest instructions executed, where the engine counts them.
    pub fn retired(&self) -> Option<u64> {
        match self {
            Engine::Interp(cpu) => Some(cpu.retired),
        }
    }
}
