//! Debian's programs on the guest's CPU, each line they print compared with what is recorded.

use super::super::userland::{self, RECORDED};
use super::super::{Bench, Case};
use super::add as case;
use anyhow::{Context, Result, ensure};

pub(super) fn add(cases: &mut Vec<Case>) {
    for suite in RECORDED {
        case(cases, format!("userland: {suite}"), move |bench| known(bench, suite));
    }
}

fn known(bench: &Bench, suite: &str) -> Result<()> {
    let expected = userland::recorded(suite)?;
    let guest = bench.guests.first().context("no guest")?;
    let lines = userland::run(&bench.machine, guest, &bench.userland, suite, false, "")?;
    let differences = userland::differences(&expected, &lines);
    let shown = differences.iter().take(40).map(|line| format!("\n  {line}")).collect::<String>();
    ensure!(
        differences.is_empty(),
        "{} lines are not as recorded (- expected, + got):{shown}\n`cargo xtask userland {suite}` compares with QEMU",
        differences.len()
    );
    Ok(())
}
