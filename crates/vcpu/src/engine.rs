//! The closed set of engines.

use crate::exit::Exit;
use vmapple_a64::Cpu;

/// One vCPU's engine.
#[derive(Debug)]
pub enum Engine {
    /// The interpreter.
    Interp(Box<Cpu>),
    /// The recompiler.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Jit(Box<vmapple_jit::Jit>),
}

/// Which engine a machine's vCPUs are built with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The best this build and host have.
    #[default]
    Auto,
    /// The interpreter.
    Interp,
    /// The recompiler, with what it may do.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Jit(vmapple_jit::Switches),
}

/// Memory for recompiled code, in bytes: in all, and the least for one vCPU. The host backs what is used.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
const CODE: (usize, usize) = (192 << 20, 16 << 20);

impl std::str::FromStr for Kind {
    type Err = String;

    /// `auto`, `interp`, or `jit` with switches: `jit,no-links,no-host-fp`.
    fn from_str(s: &str) -> Result<Self, String> {
        let mut parts = s.split(',');
        let kind = match parts.next() {
            Some("auto") => Kind::Auto,
            Some("interp") => Kind::Interp,
            Some("jit") => return jit(parts),
            Some("kvm" | "hvf") => return Err("this engine is not in this build yet; use auto, interp or jit".into()),
            _ => return Err("no such engine; use auto, interp or jit".into()),
        };
        match parts.next() {
            None => Ok(kind),
            Some(extra) => Err(format!("this engine takes no option, and {extra:?} was given")),
        }
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn jit<'a>(options: impl Iterator<Item = &'a str>) -> Result<Kind, String> {
    vmapple_jit::usable().map_err(|e| format!("{e}; use interp"))?;
    let mut switches = vmapple_jit::Switches::all();
    for option in options {
        if switches.apply(option).is_none() {
            let options = vmapple_jit::Switches::options();
            return Err(format!("the recompiler has no option {option:?}; it has {options}"));
        }
    }
    Ok(Kind::Jit(switches))
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn jit<'a>(_: impl Iterator<Item = &'a str>) -> Result<Kind, String> {
    Err("the recompiler is for Linux on x86-64; use auto or interp".into())
}

impl Kind {
    /// What `auto` means here: the recompiler where the host can run it, else the interpreter.
    #[must_use]
    pub fn resolve(self) -> Self {
        if self != Kind::Auto {
            return self;
        }
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if vmapple_jit::usable().is_ok() {
            return Kind::Jit(vmapple_jit::Switches::all());
        }
        Kind::Interp
    }

    /// Why `auto` is slower here than it could be, for a line to the user.
    pub fn shortfall(self) -> Option<String> {
        if self != Kind::Auto {
            return None;
        }
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        return vmapple_jit::usable().err().map(|e| e.to_string());
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        Some("the recompiler is for Linux on x86-64".into())
    }
}

impl Engine {
    /// Builds the engine of one of `cpus` vCPUs.
    ///
    /// # Errors
    /// If the host lacks what the engine needs.
    pub fn new(kind: Kind, config: vmapple_a64::CpuConfig, cpus: usize) -> std::io::Result<Self> {
        let _ = cpus;
        Ok(match kind.resolve() {
            Kind::Auto | Kind::Interp => Engine::Interp(Box::new(Cpu::new(config))),
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Kind::Jit(switches) => {
                let code = (CODE.0 / cpus.max(1)).max(CODE.1);
                Engine::Jit(Box::new(vmapple_jit::Jit::new(config, code, switches).map_err(std::io::Error::other)?))
            }
        })
    }

    /// Runs guest code until something needs the caller.
    pub fn run(&mut self) -> Exit {
        let exit = match self {
            Engine::Interp(cpu) => cpu.run(),
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Engine::Jit(jit) => jit.run(),
        };
        match exit {
            vmapple_a64::Exit::Hypercall { imm } => Exit::Hypercall { imm },
            vmapple_a64::Exit::Wfi => Exit::Wfi,
            vmapple_a64::Exit::Wfe => Exit::Wfe,
            vmapple_a64::Exit::Kicked | vmapple_a64::Exit::Stepped => Exit::Kicked,
            vmapple_a64::Exit::NotImplemented { pc, word, name } => Exit::Stop {
                why: format!(
                    "the guest executed {name} (instruction {word:#010x} at {pc:#x}), which this version does not implement"
                ),
            },
        }
    }

    /// The emulated core behind the engine.
    fn cpu(&self) -> &Cpu {
        match self {
            Engine::Interp(cpu) => cpu,
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Engine::Jit(jit) => jit.cpu(),
        }
    }

    fn cpu_mut(&mut self) -> &mut Cpu {
        match self {
            Engine::Interp(cpu) => cpu,
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Engine::Jit(jit) => jit.cpu_mut(),
        }
    }

    /// Cold reset, then: start executing at `pc` with `x0`..`x3`.
    pub fn start(&mut self, pc: u64, x: [u64; 4]) {
        let cpu = self.cpu_mut();
        cpu.reset();
        cpu.state.pc = pc;
        cpu.state.x[..4].copy_from_slice(&x);
    }

    /// Reads X0..X17, the registers of a hypercall.
    pub fn x(&self, n: usize) -> u64 {
        self.cpu().state.x.get(n).copied().unwrap_or(0)
    }

    /// Writes X0..X17.
    pub fn set_x(&mut self, n: usize, value: u64) {
        if let Some(x) = self.cpu_mut().state.x.get_mut(n) {
            *x = value;
        }
    }

    /// Steps back to the hypercall that was just reported, so that running on makes it again.
    pub fn repeat_hypercall(&mut self) {
        let cpu = self.cpu_mut();
        cpu.state.pc = cpu.state.pc.wrapping_sub(4);
    }

    /// Where it stands, for messages.
    pub fn pc(&self) -> u64 {
        self.cpu().state.pc
    }

    /// Guest instructions executed, where the engine counts them.
    pub fn retired(&self) -> Option<u64> {
        match self {
            Engine::Interp(cpu) => Some(cpu.retired),
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Engine::Jit(_) => None,
        }
    }
}
