//! Keys, power-off, reset, panic, stop.

use super::super::{Bench, Case};
use super::add as case;
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;

pub(super) fn add(cases: &mut Vec<Case>) {
    case(cases, "poweroff ends with status 0", |bench| {
        let (_, ended) = bench.script("poweroff", &bench.boot("poweroff")?)?;
        terminal_is_as_before(&ended.settings)
    });
    case(cases, "poweroff ends with status 0 without a terminal", |bench| {
        let mut console = bench.start_piped(&bench.boot("poweroff")?)?;
        console.expect("vmapple-guest: test poweroff exit=0")?;
        console.wait()?.require_status(0)?;
        Ok(())
    });
    case(cases, "reboot boots again", reboots);
    case(cases, "Ctrl-C reaches the guest", |bench| {
        let mut console = bench.start(&bench.boot("")?)?;
        console.expect("guest# ")?;
        console.send("sleep 1000; echo status $?\r")?;
        console.expect("sleep 1000")?;
        // Typed until it arrives: the shell may not have started the sleep yet.
        console.expect("\n")?;
        std::thread::sleep(std::time::Duration::from_secs(1));
        console.send("\x03")?;
        console.expect("guest# ")?;
        console.send("echo still $((40+2))\r")?;
        console.expect("\nstill 42\n")?;
        console.send("poweroff -f\r")?;
        console.wait()?.require_status(0)?;
        Ok(())
    });
    case(cases, "Ctrl-A x stops the machine and restores the terminal", |bench| {
        let mut console = bench.start(&bench.boot("")?)?;
        console.expect("guest# ")?;
        console.send("\x01x")?;
        let ended = console.wait()?.require_status(bench.machine.stopped_status())?;
        terminal_is_as_before(&ended.settings)
    });
    case(cases, "SIGTERM stops the machine and restores the terminal", |bench| {
        let mut console = bench.start(&bench.boot("")?)?;
        console.expect("guest# ")?;
        console.signal(Signal::TERM)?;
        let ended = console.wait()?.require_status(bench.machine.stopped_status())?;
        terminal_is_as_before(&ended.settings)
    });
    case(cases, "a long line typed at once arrives whole", |bench| {
        let mut console = bench.start(&bench.boot("")?)?;
        console.expect("guest# ")?;
        let long = "0123456789".repeat(40);
        console.send(&format!("x={long}; echo length ${{#x}}\r"))?;
        console.expect("\nlength 400\n")?;
        console.send("poweroff -f\r")?;
        console.wait()?.require_status(0)?;
        Ok(())
    });
    case(cases, "a kernel panic ends with status 3", panics);
}

fn reboots(bench: &Bench) -> Result<()> {
    let mut console = bench.start(&bench.boot("reboot")?)?;
    for _ in 0..2 {
        console.expect("Booting Linux")?;
        console.expect("vmapple-guest: ready")?;
        console.expect("test: rebooting")?;
    }
    console.expect("vmapple-guest: ready")?;
    console.send("\x01x")?;
    console.wait()?.require_status(bench.machine.stopped_status())?;
    Ok(())
}

fn panics(bench: &Bench) -> Result<()> {
    let mut console = bench.start(&bench.boot("panic")?)?;
    console.expect_panic();
    console.expect("test: crashing")?;
    if bench.machine.is_stand_in() {
        console.expect("Kernel panic - not syncing")?;
        return Ok(());
    }
    let ended = console.wait()?.require_status(3)?;
    ensure!(ended.console.contains("Kernel panic - not syncing"), "the panic's own text did not reach the console");
    ensure!(
        ended.messages.to_lowercase().contains("panic"),
        "the program did not say why it ended: {:?}",
        ended.messages
    );
    terminal_is_as_before(&ended.settings)
}

fn terminal_is_as_before(settings: &Option<(String, String)>) -> Result<()> {
    let (before, after) = settings.as_ref().context("there was no terminal")?;
    ensure!(before == after, "the terminal was left in another state:\n  before {before}\n  after  {after}");
    Ok(())
}
