//! `vmapple board`: the machine's memory and interrupt map.

use crate::cli::BoardArgs;
use crate::failure::{Failure, output};
use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;
use vmapple_machine::fdt::Description;
use vmapple_machine::map::Block;

/// One line of the map.
#[derive(Serialize)]
struct Row {
    base: u64,
    size: u64,
    part: &'static str,
    /// Interrupt, as INTID.
    #[serde(skip_serializing_if = "Option::is_none")]
    intid: Option<u32>,
}

/// Prints the map, as a table or JSON.
pub(crate) fn print(args: &BoardArgs) -> Result<ExitCode, Failure> {
    let config = args.machine.config();
    let rows = rows(&Description::of(&config));
    if args.json {
        let cpus = config.cpus.get();
        let json = serde_json::json!({ "cpus": cpus, "memory": config.memory.bytes(), "map": rows });
        return output(format!("{json:#}\n").as_bytes());
    }
    let mut text = String::from("base          size          intid  part\n");
    for r in rows {
        let intid = r.intid.map_or_else(String::new, |n| n.to_string());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:#012x}  {:#012x}  {intid:>5}  {}", r.base, r.size, r.part);
    }
    output(text.as_bytes())
}

fn rows(d: &Description) -> Vec<Row> {
    let row = |part, Block { base, size }, spi: Option<u32>| Row { base, size, part, intid: spi.map(|n| n + 32) };
    let mut rows = vec![
        row("gic distributor", d.gic.distributor, None),
        row("gic redistributors", d.gic.redistributors, None),
        row("ram", d.ram, None),
    ];
    rows.extend(d.gic.v2m.map(|b| row("gic v2m frame", b, None)));
    rows.extend(d.uart.map(|u| row("uart (pl011)", u.block, Some(u.spi))));
    rows.extend(d.rtc.map(|u| row("rtc (pl031)", u.block, Some(u.spi))));
    rows.extend(d.gpio.map(|(u, _)| row("gpio (pl061), power button on line 3", u.block, Some(u.spi))));
    rows.extend(d.pvpanic.map(|b| row("pvpanic", b, None)));
    rows.sort_by_key(|r| r.base);
    rows
}
