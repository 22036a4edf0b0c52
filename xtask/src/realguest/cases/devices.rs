//! What Linux finds on the board, and the power button.

use super::super::{Bench, Case};
use super::add as case;
use anyhow::{Context, Result, ensure};
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) fn add(cases: &mut Vec<Case>, bench: &Bench) {
    case(cases, "linux binds a driver to every device", binds);
    if !bench.machine.is_stand_in() {
        case(cases, "linux finds an M2's features, and only those, on an M2", m2);
    }
    case(cases, "linux sees the power button pressed and released", power_button);
    case(cases, "linux suspends to RAM and its alarm clock wakes it", suspend);
}

/// What an Apple M1 under a hypervisor shows Linux (`spec/cpu-engine.md` 2.3).
const CPU_FEATURES: &str = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma \
    lrcpc dcpop sha3 asimddp sha512 asimdfhm dit uscat ilrcpc flagm sb paca pacg dcpodp flagm2 frint";

/// What an M2 adds, in the order of Linux's bits. PAuth2 and FPAC have none.
const M2_FEATURES: &str = "i8mm bf16 bti ecv";

/// Addresses (as in device names) on our board and on the stand-in, and the driver that must have them.
const AMBA: [(&str, &str, &str); 3] = [
    ("20010000", "9000000", "uart-pl011"),
    ("20050000", "9010000", "rtc-pl031"),
    ("20060000", "9030000", "pl061_gpio"),
];

fn binds(bench: &Bench) -> Result<()> {
    let (lines, _) = bench.script("devices", &bench.boot("devices")?)?;
    let shown = lines.join("\n  ");
    for (ours, theirs, driver) in AMBA {
        let address = if bench.machine.is_stand_in() { theirs } else { ours };
        let bound = lines.iter().any(|line| line.starts_with(&format!("amba {address}.")) && line.ends_with(driver));
        ensure!(bound, "no {driver} at {address}; Linux found:\n  {shown}");
    }
    let has = |start: &str, end: &str| lines.iter().any(|line| line.starts_with(start) && line.ends_with(end));
    ensure!(has("platform ", " gpio-keys"), "no gpio-keys driver; Linux found:\n  {shown}");
    ensure!(has("input event", " gpio-keys"), "no gpio-keys input device; Linux found:\n  {shown}");
    ensure!(
        has("clocksource ", "arch_sys_counter"),
        "the architected counter is not the clock; Linux found:\n  {shown}"
    );
    if !bench.machine.is_stand_in() {
        let pvpanic = has("platform 20070000.", "pvpanic") || has("platform 20070000.", "pvpanic-mmio");
        ensure!(pvpanic, "no pvpanic driver at 20070000; Linux found:\n  {shown}");
    }
    for (device, intid) in [("arch_timer", "27"), ("uart-pl011", "33"), ("rtc-pl031", "34")] {
        let row = lines.iter().find(|line| line.starts_with("interrupt ") && line.ends_with(device));
        let row = row.with_context(|| format!("no interrupt of {device}; Linux found:\n  {shown}"))?;
        ensure!(row.contains("GICv3"), "{device} is not on the GICv3: {row}");
        ensure!(
            bench.machine.is_stand_in() || row.contains(&format!(" {intid} ")),
            "{device} is not INTID {intid}: {row}"
        );
    }
    let error = lines.iter().find(|line| line.starts_with("interrupt Err:")).context("no interrupt error count")?;
    ensure!(error.ends_with(" 0"), "unexpected interrupts: {error}");

    let features = cpu_features(&lines)?;
    ensure!(bench.machine.is_stand_in() || features == CPU_FEATURES, "unexpected CPU features: {features}");

    let rtc = lines.iter().find(|line| line.starts_with("rtc rtc-pl031")).context("the PL031 is not rtc0")?;
    let guest: u64 = rtc.rsplit(' ').next().and_then(|word| word.parse().ok()).context("no time")?;
    let host = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    ensure!(guest.abs_diff(host) <= 5, "the guest's clock chip says {guest}, the host {host}");
    Ok(())
}

/// The features of the first CPU in /proc/cpuinfo.
fn cpu_features(lines: &[String]) -> Result<&str> {
    let features = lines.iter().find(|line| line.starts_with("cpu Features")).context("no CPU features")?;
    Ok(features.split_once(": ").map_or("", |(_, list)| list))
}

/// Every kernel, on two CPUs.
fn m2(bench: &Bench) -> Result<()> {
    for guest in &bench.guests {
        let mut boot = bench.boot("devices")?;
        boot.kernel.clone_from(&guest.kernel);
        boot.initrd.clone_from(&guest.initrd);
        (boot.model, boot.cpus) = ("m2", 2);
        let (lines, _) = bench.script("devices", &boot)?;
        let features = cpu_features(&lines)?;
        let expected = format!("{CPU_FEATURES} {M2_FEATURES}");
        ensure!(features == expected, "unexpected CPU features on {}: {features}", guest.name);
    }
    Ok(())
}

fn power_button(bench: &Bench) -> Result<()> {
    let mut console = bench.start(&bench.boot("powerbutton")?)?;
    console.expect("test: waiting for the button")?;
    // The script opens the device before it says so: no key is lost.
    console.send(bench.machine.power_button_keys())?;
    // Type 1 (key), code 116 (power), value 1 or 0 as two halves; type 0 ends a report.
    for event in ["1 116 1 0", "0 0 0 0", "1 116 0 0", "0 0 0 0"] {
        let (line, _) = console.expect_line("test: event ")?;
        ensure!(line.trim() == event, "input event `{}` instead of `{event}`", line.trim());
    }
    console.expect("vmapple-guest: test powerbutton exit=0")?;
    console.wait()?.require_status(0)?;
    Ok(())
}

fn suspend(bench: &Bench) -> Result<()> {
    let mut setup = bench.boot("suspend")?;
    setup.cpus = 3;
    let (lines, _) = bench.script("suspend", &setup)?;
    let shown = lines.join("\n  ");
    ensure!(lines.iter().any(|line| line == "1 suspend"), "it did not suspend; the guest says:\n  {shown}");
    let woken = lines.iter().find(|line| line.starts_with("woken after ")).context("it did not wake")?;
    ensure!(woken.ends_with(" s on 3 CPUs"), "{woken}");
    let slept: u64 = woken.split(' ').nth(2).and_then(|word| word.parse().ok()).context("no time")?;
    // A busy host may take its time; waking early would be wrong.
    ensure!((2..60).contains(&slept), "{woken}");
    Ok(())
}
