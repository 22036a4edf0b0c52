//! TLB and instruction-cache maintenance that reaches the other cores.
//!
//! A broadcast `TLBI` or `IC` puts a request into every other core's mailbox and raises its attention. The issuing
//! core's next `DSB` waits until each core that is in guest code has done it. A core outside guest code (in
//! `WFI`, powered off, paused) counts as done: it empties its mailbox before it executes anything again.

use crate::attention::{Attention, EVENT, MAINTENANCE};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// Requests one mailbox holds before they collapse into "everything".
const MAILBOX: usize = 64;

/// One maintenance operation, as another core has to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Drop all translations.
    TlbAll,
    /// Drop the translations that are tied to the address space with this ASID.
    TlbAsid(u16),
    /// Drop the translations of this many bytes from a virtual address.
    TlbRange {
        /// First virtual address, sign-extended.
        va: u64,
        /// Bytes.
        len: u64,
        /// Those with this ASID and global ones; `None`: all.
        asid: Option<u16>,
    },
    /// Forget the decoded instructions of one 64-byte line at an offset in guest memory.
    CodeLine(usize),
    /// Forget all decoded instructions.
    CodeAll,
}

#[derive(Debug)]
struct Mailbox {
    requests: Mutex<Vec<Request>>,
    posted: AtomicU64,
    done: AtomicU64,
    running: AtomicBool,
    attention: Arc<Attention>,
}

/// The mailboxes of all cores of one machine.
#[derive(Debug)]
pub struct Coherence {
    boxes: Vec<Mailbox>,
}

impl Coherence {
    /// Mailboxes for the cores with these attention words, in order.
    pub fn new(attention: &[Arc<Attention>]) -> Arc<Self> {
        let boxes = attention
            .iter()
            .map(|a| Mailbox {
                requests: Mutex::default(),
                posted: 0.into(),
                done: 0.into(),
                running: false.into(),
                attention: a.clone(),
            })
            .collect();
        Arc::new(Self { boxes })
    }

    /// Sends a request to every core but `from`.
    pub fn broadcast(&self, from: usize, request: Request) {
        for (i, b) in self.boxes.iter().enumerate() {
            if i == from {
                continue;
            }
            let mut q = b.requests.lock().unwrap_or_else(|e| e.into_inner());
            if q.len() < MAILBOX {
                if q.last() != Some(&request) {
                    q.push(request);
                }
            } else {
                q.clear();
                q.extend([Request::TlbAll, Request::CodeAll]);
            }
            b.posted.fetch_add(1, SeqCst);
            drop(q);
            // A core that is not running looks before it runs; waking it for this would cost idle host time.
            if b.running.load(SeqCst) {
                b.attention.raise(MAINTENANCE);
            }
        }
    }

    /// `SEV`: sets every core's event register.
    pub fn send_event(&self) {
        for b in &self.boxes {
            b.attention.raise(EVENT);
        }
    }

    /// Takes what waits for core `me`. After applying it, call [`Self::done`] with the returned mark.
    pub fn take(&self, me: usize) -> (Vec<Request>, u64) {
        let Some(b) = self.boxes.get(me) else { return (Vec::new(), 0) };
        b.attention.lower(MAINTENANCE);
        let mut q = b.requests.lock().unwrap_or_else(|e| e.into_inner());
        let mark = b.posted.load(SeqCst);
        (std::mem::take(&mut *q), mark)
    }

    /// Says that core `me` has applied everything up to `mark`.
    pub fn done(&self, me: usize, mark: u64) {
        if let Some(b) = self.boxes.get(me) {
            b.done.fetch_max(mark, SeqCst);
        }
    }

    /// Whether anything waits for core `me`.
    pub fn waiting(&self, me: usize) -> bool {
        self.boxes.get(me).is_some_and(|b| b.done.load(SeqCst) != b.posted.load(SeqCst))
    }

    /// Says that core `me` is about to execute guest code (`true`; then empty the mailbox) or has stopped.
    pub fn set_running(&self, me: usize, running: bool) {
        if let Some(b) = self.boxes.get(me) {
            b.running.store(running, SeqCst);
        }
    }

    /// What each core has been sent so far: the point to [`Self::reached`].
    pub fn mark(&self, from: usize) -> Vec<(usize, u64)> {
        let others = self.boxes.iter().enumerate().filter(|(i, _)| *i != from);
        others.map(|(i, b)| (i, b.posted.load(SeqCst))).collect()
    }

    /// Whether every core in `marks` has come that far or is outside guest code.
    pub fn reached(&self, marks: &[(usize, u64)]) -> bool {
        marks.iter().all(|&(i, mark)| {
            let b = &self.boxes[i];
            b.done.load(SeqCst) >= mark || !b.running.load(SeqCst)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> (Arc<Coherence>, Vec<Arc<Attention>>) {
        let a: Vec<_> = (0..2).map(|_| Arc::new(Attention::new())).collect();
        (Coherence::new(&a), a)
    }

    #[test]
    fn a_sleeping_core_is_not_waited_for_and_catches_up() {
        let (c, a) = two();
        c.broadcast(0, Request::TlbAll);
        assert!(c.reached(&c.mark(0)));
        assert_eq!(a[1].bits(), 0, "not woken");
        c.set_running(1, true);
        assert!(c.waiting(1));
        assert!(!c.reached(&c.mark(0)));
        let (requests, mark) = c.take(1);
        assert_eq!(requests, [Request::TlbAll]);
        c.done(1, mark);
        assert!(c.reached(&c.mark(0)) && !c.waiting(1));
    }

    #[test]
    fn a_flood_collapses_instead_of_growing() {
        let (c, _) = two();
        for i in 0..10_000 {
            c.broadcast(0, Request::CodeLine(i * 64));
        }
        let (requests, _) = c.take(1);
        assert!(requests.len() <= MAILBOX);
        assert!(requests.contains(&Request::CodeAll) && requests.contains(&Request::TlbAll));
    }
}
