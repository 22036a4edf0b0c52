//! TLB and instruction-cache maintenance that reaches the other cores.
//!
//! A broadcast `TLBI` or `IC` puts a request into every other core's mailbox and raises its attention. The issuing
//! core's next `DSB` waits until each core that is in guest code has done it. A core outside guest code (in
//! `WFI`, powered off, paused) counts as done: it empties its mailbox before it executes anything again.

use crate::attention::{Attention, EVENT, MAINTENANCE};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// Requests one mailbox holds before those of one kind collapse into "everything".
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
    /// Forget the decoded instructions of 64-byte lines of a 4 KiB page of guest memory.
    CodeLines {
        /// Offset of the page in guest memory.
        page: usize,
        /// A bit for each line.
        lines: u64,
    },
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

impl Request {
    fn is_of_code(self) -> bool {
        matches!(self, Request::CodeLines { .. } | Request::CodeAll)
    }
}

/// Adds a request to a queue, or makes an earlier one do for it too. Maintenance of code comes line after line.
fn post(q: &mut Vec<Request>, request: Request) {
    match (q.last_mut(), request) {
        (Some(last), request) if *last == request => return,
        (Some(Request::CodeLines { page, lines }), Request::CodeLines { page: p, lines: more }) if *page == p => {
            *lines |= more;
            return;
        }
        _ => {}
    }
    if q.len() >= MAILBOX {
        // A flood of one kind leaves the other alone.
        let of_code = q.iter().filter(|r| r.is_of_code()).count() > MAILBOX / 2;
        q.retain(|r| r.is_of_code() != of_code);
        q.push(if of_code { Request::CodeAll } else { Request::TlbAll });
    }
    q.push(request);
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
            post(&mut q, request);
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
            c.broadcast(0, Request::CodeLines { page: i * 4096, lines: 1 });
        }
        let (requests, _) = c.take(1);
        assert!(requests.len() <= MAILBOX);
        assert!(requests.contains(&Request::CodeAll) && !requests.contains(&Request::TlbAll));
        c.broadcast(0, Request::CodeAll);
        for va in 0..10_000 {
            c.broadcast(0, Request::TlbRange { va: va << 12, len: 4096, asid: None });
        }
        let (requests, _) = c.take(1);
        assert!(requests.len() <= MAILBOX);
        assert!(requests.contains(&Request::CodeAll) && requests.contains(&Request::TlbAll));
    }

    #[test]
    fn lines_of_a_page_are_one_request() {
        let (c, _) = two();
        for line in 0..64 {
            c.broadcast(0, Request::CodeLines { page: 4096, lines: 1 << line });
        }
        c.broadcast(0, Request::CodeLines { page: 0, lines: 1 });
        let (requests, _) = c.take(1);
        let all = Request::CodeLines { page: 4096, lines: u64::MAX };
        assert_eq!(requests, [all, Request::CodeLines { page: 0, lines: 1 }]);
    }
}
