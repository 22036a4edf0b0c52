//! Kernels, CPU counts and memory sizes.

use super::super::{Bench, Case};
use super::add as add_case;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;

fn add_all_kernels(cases: &mut Vec<Case>, bench: &Bench) {
    for (index, guest) in bench.guests.iter().enumerate() {
        add_case(cases, format!("linux {} boots to a shell at the terminal", guest.name), move |bench| {
            shell(bench, index)
        });
    }
}

pub(super) fn add(cases: &mut Vec<Case>, bench: &Bench) {
    add_all_kernels(cases, bench);
    if !bench.machine.is_stand_in() {
        add_form(cases, "gzip", |guest| guest.gzip.clone());
        add_form(cases, "EFI zboot", |guest| guest.zboot.clone());
    }
    for cpus in [2, 4, 17, 32] {
        add_case(cases, format!("linux sees {cpus} CPUs"), move |bench| cpu_count(bench, cpus));
    }
    add_case(cases, "linux runs in 256M", |bench| memory(bench, "256M", 200..256));
    add_case(cases, "linux sees 32G, which is backed lazily", |bench| {
        // QEMU asks the host to promise all of it.
        let (size, gib) = if bench.machine.is_stand_in() { ("8G", 8) } else { ("32G", 32) };
        memory(bench, size, (gib - 1) * 1024..gib * 1024)
    });
    add_case(cases, "linux computes right on 4 CPUs at once", |bench| {
        let mut boot = bench.boot("stress")?;
        boot.cpus = 4;
        let (lines, _) = bench.script("stress", &boot)?;
        let workers = lines.iter().filter(|line| line.starts_with("worker ") && line.ends_with(" ok")).count();
        ensure!(workers == 4, "{workers} workers of 4 reported success");
        Ok(())
    });
}

fn add_form(cases: &mut Vec<Case>, form: &str, file: fn(&crate::guests::LinuxGuest) -> PathBuf) {
    add_case(cases, format!("a kernel packed as {form} boots"), move |bench| {
        let mut boot = bench.boot("poweroff")?;
        boot.kernel = file(bench.usual()?);
        bench.script("poweroff", &boot)?;
        Ok(())
    });
}

fn shell(bench: &Bench, index: usize) -> Result<()> {
    let guest = bench.guests.get(index).context("no such guest")?;
    let mut boot = bench.boot("")?;
    boot.kernel.clone_from(&guest.kernel);
    boot.initrd.clone_from(&guest.initrd);
    let mut console = bench.start(&boot)?;
    let (banner, _) = console.expect_line("vmapple-guest: ready ")?;
    ensure!(
        banner.contains(&format!("kernel={} ", guest.release))
            && banner.ends_with(&format!("page={}kB", guest.page_kib)),
        "the guest is not the kernel {} with pages of {} KiB: {banner}",
        guest.release,
        guest.page_kib
    );
    console.expect("guest# ")?;
    console.send("echo answer $((6*7))\r")?;
    console.expect("\nanswer 42\n")?;
    console.send("poweroff -f\r")?;
    let ended = console.wait()?.require_status(0)?;
    // The program's own messages are for trouble and for notes; a good run to a terminal has no trouble.
    ensure!(!ended.messages.contains("error"), "messages: {}", ended.messages);
    Ok(())
}

fn cpu_count(bench: &Bench, cpus: u32) -> Result<()> {
    let mut boot = bench.boot("")?;
    boot.cpus = cpus;
    boot.memory = "1G".to_owned();
    let mut console = bench.start(&boot)?;
    console.expect("guest# ")?;
    console.send("echo CPUs $(nproc)\r")?;
    console.expect(&format!("\nCPUs {cpus}\n"))?;
    // Every one of them takes work and interrupts: a process pinned to each.
    console
        .send("for c in $(seq 0 $(($(nproc)-1))); do taskset -c $c true || echo no CPU $c; done; echo pinned $?\r")?;
    let text = console.expect("\npinned 0\n")?;
    ensure!(!text.contains("\nno CPU"), "a CPU took no work: {text}");
    console.send("poweroff -f\r")?;
    console.wait()?.require_status(0)?;
    Ok(())
}

fn memory(bench: &Bench, size: &str, expected_mib: std::ops::Range<u64>) -> Result<()> {
    let mut boot = bench.boot("")?;
    boot.memory = size.to_owned();
    let mut console = bench.start(&boot)?;
    let (banner, _) = console.expect_line("vmapple-guest: ready ")?;
    let kib: u64 = banner
        .split_whitespace()
        .find_map(|word| word.strip_prefix("mem=")?.strip_suffix("kB")?.parse().ok())
        .with_context(|| format!("no memory size in: {banner}"))?;
    // What the kernel keeps for itself (its own text, the page array: 1/64 of all) is not in its total.
    let low = expected_mib.start * 63 / 64;
    ensure!((low..expected_mib.end).contains(&(kib / 1024)), "Linux sees {} MiB of {size}", kib / 1024);
    console.expect("guest# ")?;
    if let Some(resident) = console.resident_mib() {
        ensure!(resident < 2048, "the host has {resident} MiB in use for an idle guest of {size}");
    }
    console.send("poweroff -f\r")?;
    console.wait()?.require_status(0)?;
    Ok(())
}
