//! The command line's grammar and help, and its translation into a machine's configuration.

use crate::failure::Failure;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use vmapple_backends::serial;
use vmapple_machine::config::{Boot, CpuCount, CpuModel, Engine, Linux, MachineConfig, MemorySize, Msi, Payload};

/// Runs Apple's virtual Mac, the VMApple arm64 machine, on this host.
#[derive(Debug, Parser)]
#[command(name = "vmapple", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What to log on standard error: a level (error, warn, info, debug, trace), or part=level,part=level
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  vmapple run                                          check the machine with the built-in guest
  vmapple run --kernel vmlinuz --initrd initrd.img     boot an arm64 Linux on this terminal
  vmapple run --payload hello.elf                      run a bare-metal program
  vmapple dtb --cpus 4                                 print the device tree a guest would get

See 'vmapple run --help' for more.

Exit status: 0 the guest powered off, 1 the program failed, 2 wrong usage or unusable input,
3 the guest reported a panic, 4 stopped from outside.";

const RUN_EXAMPLES: &str = "\
Examples:
  Linux, with a shell on this terminal (any arm64 kernel: vmlinuz, Image, Image.gz):
    vmapple run --kernel vmlinuz --initrd initrd.img --cmdline 'console=ttyAMA0' --cpus 4 --memory 4G

  The same in the background, its console in a file, or on a socket for one client at a time:
    vmapple run --kernel vmlinuz --initrd initrd.img --serial file=console.log
    vmapple run --kernel vmlinuz --initrd initrd.img --serial unix=console.sock

  The built-in guest, which checks each device, measures the speed and powers off:
    vmapple run
    vmapple run --cpus 8

  A bare-metal program: ELF, or a flat binary loaded and entered at an address:
    vmapple run --payload hello.elf
    vmapple run --payload hello.bin --load 0x70200000

Keys, when standard input is a terminal (every other key goes to the guest, Ctrl-C too):
  Ctrl-A x  stop the VM            Ctrl-A p  press the power button
  Ctrl-A h  list these keys        Ctrl-A Ctrl-A  send Ctrl-A

Exit status: 0 the guest powered off, 1 the program failed, 2 wrong usage or unusable input,
3 the guest reported a panic, 4 stopped from outside.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a guest
    #[command(after_help = RUN_EXAMPLES)]
    Run(Box<RunArgs>),
    /// Print the machine's memory and interrupt map
    Board(BoardArgs),
    /// Print the device tree a guest would get
    Dtb(Box<DtbArgs>),
    /// Print version and capabilities
    Version(VersionArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) guest: GuestArgs,
    #[command(flatten)]
    pub(crate) later: LaterArgs,
    /// Where the serial port goes: stdio, null, file=PATH (output only) or unix=PATH (listening socket)
    #[arg(long, value_name = "TARGET", default_value = "stdio", help_heading = "Devices")]
    pub(crate) serial: serial::Spec,
}

#[derive(Debug, Args)]
pub(crate) struct BoardArgs {
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DtbArgs {
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) guest: GuestArgs,
    /// Write the flattened tree to this file instead of printing its source
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Machine")]
pub(crate) struct MachineArgs {
    /// Number of CPUs, 1 to 32
    #[arg(long, value_name = "N", default_value_t, allow_hyphen_values = true)]
    cpus: CpuCount,
    /// Which core the CPUs are: m1 or m2, which adds BTI, BF16, I8MM, PAuth2 with FPAC, and ECV
    #[arg(long, value_name = "MODEL", default_value = "m1", value_parser = cpu_model)]
    cpu: CpuModel,
    /// RAM, 256M to 32G; the host's memory is taken as the guest touches it
    #[arg(long, value_name = "SIZE", default_value_t, allow_hyphen_values = true)]
    memory: MemorySize,
    /// What executes the guest's instructions: auto, jit or interp
    ///
    /// jit is the recompiler (Linux on x86-64-v3 hosts), which auto means where it runs. For looking into it:
    /// jit,no-links and the like switch an optimisation off, jit,first=BLOCKS recompiles only the first so many blocks,
    /// jit,dump=ADDRESS logs a block (docs/cpu.md)
    #[arg(long, value_name = "ENGINE", default_value = "auto", value_parser = engine)]
    engine: Engine,
    /// What delivers message-signalled interrupts: v2m or none
    #[arg(long, value_name = "KIND", default_value = "v2m", value_parser = msi)]
    msi: Msi,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Guest")]
pub(crate) struct GuestArgs {
    /// arm64 Linux kernel: vmlinuz, Image, Image.gz or EFI zboot
    #[arg(long, value_name = "FILE", conflicts_with = "payload")]
    kernel: Option<PathBuf>,
    /// Initial RAM file system for the kernel
    #[arg(long, value_name = "FILE")]
    initrd: Option<PathBuf>,
    /// Command line for the kernel
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    cmdline: Option<String>,
    /// Device tree for the kernel in place of the generated one; its /chosen is filled in
    #[arg(long, value_name = "FILE")]
    dtb: Option<PathBuf>,
    /// Bare-metal program: ELF, or a flat binary
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// Address a flat binary is loaded and entered at [default: 0x70200000]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    load: Option<u64>,
}

/// Options of the finished program that this version cannot serve. They are known so that nobody believes they had an
/// effect, and not listed in the help.
#[derive(Debug, Args)]
pub(crate) struct LaterArgs {
    #[arg(hide = true, value_name = "NAME|DIR")]
    bundle: Option<String>,
    #[arg(long, hide = true)]
    firmware: Option<String>,
    #[arg(long, hide = true)]
    aux: Option<String>,
    #[arg(long, hide = true)]
    root: Option<String>,
    #[arg(long, hide = true)]
    ecid: Option<String>,
    #[arg(long, hide = true)]
    disk: Vec<String>,
    #[arg(long, hide = true)]
    net: Vec<String>,
    #[arg(long, hide = true, value_parser = NonEmptyStringValueParser::new())]
    control: Option<String>,
    #[arg(long, hide = true)]
    gdb: Option<String>,
    /// Where the display goes: none
    #[arg(long, value_name = "TARGET", default_value = "none", help_heading = "Devices")]
    display: String,
}

impl LaterArgs {
    /// Refuses what is set.
    pub(crate) fn refuse(&self) -> Result<(), Failure> {
        let refuse = |what: &str, way_out: &str| {
            Err(Failure::usage(format!("{what}: not available in this version of vmapple; {way_out}")))
        };
        let firmware =
            [("--firmware", &self.firmware), ("--aux", &self.aux), ("--root", &self.root), ("--ecid", &self.ecid)];
        if let Some((name, _)) = firmware.iter().find(|(_, v)| v.is_some()) {
            return refuse(name, "it runs Linux (--kernel) and bare-metal programs (--payload)");
        }
        if let Some(name) = &self.bundle {
            return refuse(&format!("{name} (a VM bundle)"), "name the guest with --kernel FILE or --payload FILE");
        }
        if !self.disk.is_empty() {
            return refuse("--disk", "put the guest's files into --initrd");
        }
        if self.net.iter().any(|n| n != "none") {
            return refuse("--net", "leave it out or use --net none");
        }
        if self.control.is_some() {
            return refuse("--control", "leave it out; signals and Ctrl-A x stop the VM");
        }
        if self.gdb.is_some() {
            return refuse("--gdb", "leave it out");
        }
        match self.display.as_str() {
            "none" => Ok(()),
            d if d == "window" || d.starts_with("vnc=") => refuse(&format!("--display {d}"), "use --display none"),
            d => Err(Failure::usage(format!("--display {d}: no such display; use none"))),
        }
    }
}

fn engine(s: &str) -> Result<Engine, String> {
    s.parse()
}

fn cpu_model(s: &str) -> Result<CpuModel, String> {
    match s {
        "m1" => Ok(CpuModel::M1),
        "m2" => Ok(CpuModel::M2),
        "max" | "host" => Err("cores are modelled after Apple's; use m1 or m2".into()),
        _ => Err("no such core; use m1 or m2".into()),
    }
}

fn msi(s: &str) -> Result<Msi, String> {
    match s {
        "v2m" => Ok(Msi::V2m),
        "none" => Ok(Msi::None),
        "its" => Err("not available in this version of vmapple; use v2m or none".into()),
        _ => Err("no such interrupt controller; use v2m or none".into()),
    }
}

fn address(s: &str) -> Result<u64, String> {
    let digits = s.replace('_', "");
    let parsed = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    parsed.map_err(|_| "not an address; use a number like 0x70200000".into())
}

impl MachineArgs {
    /// The machine these options describe, with the built-in guest.
    pub(crate) fn config(&self) -> MachineConfig {
        let Self { cpus, cpu, memory, engine, msi } = *self;
        MachineConfig { cpus, memory, cpu, engine, msi, boot: Boot::BuiltIn }
    }
}

impl GuestArgs {
    /// The guest these options name.
    pub(crate) fn boot(&self) -> Result<Boot, Failure> {
        let only_with = |option: &str, needed: &str| {
            Err(Failure::usage(format!("{option}: works only with {needed}; add {needed} FILE or leave it out")))
        };
        if self.kernel.is_none() {
            let linux = [
                ("--initrd", self.initrd.is_some()),
                ("--cmdline", self.cmdline.is_some()),
                ("--dtb", self.dtb.is_some()),
            ];
            if let Some((name, _)) = linux.iter().find(|(_, set)| *set) {
                return only_with(name, "--kernel");
            }
        }
        if self.payload.is_none() && self.load.is_some() {
            return only_with("--load", "--payload");
        }
        Ok(match (&self.kernel, &self.payload) {
            (Some(kernel), _) => Boot::Linux(Linux {
                kernel: kernel.clone(),
                initrd: self.initrd.clone(),
                cmdline: self.cmdline.clone().unwrap_or_default(),
                dtb: self.dtb.clone(),
            }),
            (None, Some(file)) => Boot::Payload(Payload { file: file.clone(), load: self.load }),
            (None, None) => Boot::BuiltIn,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn addresses_read_in_both_bases() {
        assert_eq!(address("0x7020_0000"), Ok(0x7020_0000));
        assert_eq!(address("4096"), Ok(4096));
        assert!(address("").is_err() && address("0x").is_err() && address("-4").is_err());
    }
}
