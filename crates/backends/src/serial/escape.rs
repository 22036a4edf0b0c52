//! Keys that speak to the VMM instead of the guest: Ctrl-A and a letter.

/// What the user asked of the VMM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKey {
    /// Ctrl-A x: stop the VM.
    Stop,
    /// Ctrl-A p: press the power button.
    PowerButton,
    /// Ctrl-A h: list the keys ([`HELP`]).
    Help,
}

/// What Ctrl-A h prints.
pub const HELP: &str = "\
Ctrl-A h  this list
Ctrl-A p  press the guest's power button
Ctrl-A x  stop the VM at once
Ctrl-A Ctrl-A  send Ctrl-A to the guest
";

const PREFIX: u8 = 0x01;

/// Separates the guest's input from the VMM's keys, across reads.
#[derive(Debug, Default)]
pub(super) struct Escape {
    prefixed: bool,
}

impl Escape {
    /// Appends to `guest` what is for the guest and returns what is for the VMM. An unknown key after the prefix is
    /// dropped: it was not meant for the guest.
    pub(super) fn filter(&mut self, typed: &[u8], guest: &mut Vec<u8>) -> Vec<HostKey> {
        let mut keys = Vec::new();
        for &b in typed {
            if !std::mem::take(&mut self.prefixed) {
                match b {
                    PREFIX => self.prefixed = true,
                    _ => guest.push(b),
                }
                continue;
            }
            match b {
                PREFIX => guest.push(PREFIX),
                b'x' | b'X' => keys.push(HostKey::Stop),
                b'p' | b'P' => keys.push(HostKey::PowerButton),
                b'h' | b'H' | b'?' => keys.push(HostKey::Help),
                _ => {}
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(parts: &[&[u8]]) -> (Vec<u8>, Vec<HostKey>) {
        let (mut escape, mut guest, mut keys) = (Escape::default(), Vec::new(), Vec::new());
        for p in parts {
            keys.extend(escape.filter(p, &mut guest));
        }
        (guest, keys)
    }

    #[test]
    fn plain_typing_and_control_c_reach_the_guest() {
        assert_eq!(filter(&[b"ls\x03\r"]), (b"ls\x03\r".to_vec(), vec![]));
    }

    #[test]
    fn keys_are_found_across_reads_and_are_not_sent() {
        assert_eq!(
            filter(&[b"a\x01", b"xb\x01p\x01h"]),
            (b"ab".to_vec(), vec![HostKey::Stop, HostKey::PowerButton, HostKey::Help])
        );
    }

    #[test]
    fn the_prefix_twice_is_the_prefix_once() {
        assert_eq!(filter(&[b"\x01\x01x"]), (b"\x01x".to_vec(), vec![]));
    }

    #[test]
    fn an_unknown_key_is_dropped_with_its_prefix() {
        assert_eq!(filter(&[b"\x01zq"]), (b"q".to_vec(), vec![]));
    }
}
