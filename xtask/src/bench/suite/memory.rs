//! Memory of a virtual machine monitor beside its guest's RAM, from the host's `/proc/PID/smaps` (Linux hosts).

use anyhow::{Context, Result};

/// What a process holds, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Held {
    /// Guest RAM that is touched.
    pub(super) ram: u64,
    /// Everything else that is resident: each page once, its part if others share it (proportional set size).
    pub(super) rest: u64,
    /// Of the rest, what no file backs.
    pub(super) anonymous: u64,
    /// The process's largest resident size so far (VmHWM) without `ram`. Other than in `rest`, a page counts at each of its
    /// places, and files' pages count whole.
    pub(super) peak: u64,
}

/// Asks the host about a process whose guest has `ram_mib` of RAM.
pub(super) fn of(process: u32, ram_mib: u64) -> Result<Held> {
    let read = |name: &str| {
        let file = format!("/proc/{process}/{name}");
        std::fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))
    };
    let mut held = parse(&read("smaps")?, ram_mib * 1024);
    let most = read("status")?.lines().find_map(|line| kib(line.strip_prefix("VmHWM:")?));
    held.peak = most.context("the host tells no VmHWM")?.saturating_sub(held.ram);
    Ok(held)
}

/// A number of KiB at the beginning of a text.
fn kib(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

/// Guest RAM is the fullest mapping that is at least as large as it.
fn parse(smaps: &str, ram_kib: u64) -> Held {
    let mut mappings: Vec<Mapping> = Vec::new();
    for line in smaps.lines() {
        let first = line.split_whitespace().next().unwrap_or_default();
        if let Some((begin, end)) = range(first) {
            mappings.push(Mapping { size: (end - begin) / 1024, ..Mapping::default() });
        } else if let Some(mapping) = mappings.last_mut() {
            let field = |name| line.strip_prefix(name).and_then(kib).unwrap_or(0);
            mapping.resident += field("Pss:");
            mapping.anonymous += field("Anonymous:");
        }
    }
    mappings.sort_by_key(|mapping| (mapping.size >= ram_kib, mapping.resident));
    let mut held = Held::default();
    if mappings.last().is_some_and(|mapping| mapping.size >= ram_kib) {
        held.ram = mappings.pop().map_or(0, |mapping| mapping.resident);
    }
    held.rest = mappings.iter().map(|mapping| mapping.resident).sum();
    held.anonymous = mappings.iter().map(|mapping| mapping.anonymous).sum();
    held
}

/// `55d0c0000000-55d0c0021000`
fn range(word: &str) -> Option<(u64, u64)> {
    let (begin, end) = word.split_once('-')?;
    Some((u64::from_str_radix(begin, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
}

/// One mapping; all in KiB.
#[derive(Default)]
struct Mapping {
    size: u64,
    resident: u64,
    anonymous: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guest_ram_is_told_from_the_rest() {
        let text = "1000-3000 r-xp 00000000 fe:00 1 /usr/bin/monitor\nPss: 8 kB\nAnonymous: 0 kB\n\
                    10000000-30000000 rw-p 00000000 00:00 0\nPss: 1000 kB\nAnonymous: 1000 kB\n\
                    30000000-90000000 ---p 00000000 00:00 0\nPss: 0 kB\nAnonymous: 0 kB\n\
                    a0000000-a0010000 rwxp 00000000 00:00 0\nPss: 60 kB\nPss_Dirty: 60 kB\nAnonymous: 60 kB\n";
        assert_eq!(parse(text, 512 * 1024), Held { ram: 1000, rest: 68, anonymous: 60, peak: 0 });
        assert_eq!(parse(text, 4 << 20).ram, 0);
    }

    #[test]
    fn this_process_is_read() {
        let held = of(std::process::id(), 1 << 30).unwrap();
        assert!(held.anonymous > 0 && held.rest >= held.anonymous && held.peak > 0);
    }
}
