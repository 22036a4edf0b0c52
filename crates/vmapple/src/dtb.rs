//! `vmapple dtb`: the device tree a guest would get.

use crate::cli::DtbArgs;
use crate::failure::{Failure, output};
use std::process::ExitCode;
use vmapple_machine::fdt::Description;
use vmapple_machine::{BuildError, MachineConfig, boot};

/// Prints its source, or writes it flattened to a file. The seeds, new at every boot, are left out.
pub(crate) fn print(args: &DtbArgs) -> Result<ExitCode, Failure> {
    let config = MachineConfig { boot: args.guest.boot()?, ..args.machine.config() };
    let tree = boot::device_tree(&config, &Description::of(&config)).map_err(BuildError::from)?;
    if let Some(path) = &args.output {
        let named =
            |e| Failure::usage(format!("--output {}: cannot be written ({e}); name another file", path.display()));
        std::fs::write(path, &tree).map_err(named)?;
        return Ok(ExitCode::SUCCESS);
    }
    let source = boot::source(&tree).ok_or_else(|| Failure::failed("the device tree does not read back"))?;
    output(source.as_bytes())
}
