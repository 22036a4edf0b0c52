//! `vmapple board`: the machine's memory and interrupt map.

use crate::cli::BoardArgs;
use crate::failure::{Failure, output};
use std::process::ExitCode;
use vmapple_machine::board;

/// Prints the map, as a table or JSON.
pub(crate) fn print(args: &BoardArgs) -> Result<ExitCode, Failure> {
    let config = args.machine.config();
    let rows = board::resolve(&config);
    if args.json {
        let cpus = config.cpus.get();
        let json = serde_json::json!({ "cpus": cpus, "memory": config.memory.bytes(), "map": rows });
        return output(format!("{json:#}\n").as_bytes());
    }
    output(board::table(&rows).as_bytes())
}
