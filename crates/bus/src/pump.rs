//! The I/O thread's queue: timers and events for devices and vCPUs, in VM time.

use crate::clock::Clock;
use crate::device::Event;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Duration;

/// Someone who receives events.
pub trait Target: Send + Sync {
    /// Handles one event, on the I/O thread.
    fn deliver(&self, event: Event);
}

/// A registered [`Target`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(usize);

type Timer = (TargetId, u8);

#[derive(Default)]
struct State {
    targets: Vec<Weak<dyn Target>>,
    events: VecDeque<(TargetId, Event)>,
    /// Armed timers by due time, and the same by owner.
    due: BTreeSet<(u64, Timer)>,
    armed: HashMap<Timer, u64>,
    paused: bool,
    delivering: bool,
    stop: bool,
}

/// Timers and a bounded event queue, served by the one thread that calls [`Pump::run`].
///
/// Bounded because events carry no data: an event that already waits is not queued twice.
pub struct Pump {
    clock: Arc<Clock>,
    state: Mutex<State>,
    changed: Condvar,
}

impl std::fmt::Debug for Pump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pump")
    }
}

impl Pump {
    /// An empty pump on this clock.
    pub fn new(clock: Arc<Clock>) -> Arc<Self> {
        Arc::new(Self { clock, state: Mutex::default(), changed: Condvar::new() })
    }

    /// The clock it keeps.
    pub fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Adds a target; its identity is never reused.
    pub fn register(&self, target: Weak<dyn Target>) -> TargetId {
        let mut s = self.lock();
        s.targets.push(target);
        TargetId(s.targets.len() - 1)
    }

    /// Queues an event, unless the same one already waits. Of a line's changes only the last waits.
    pub fn post(&self, target: TargetId, event: Event) {
        let mut s = self.lock();
        match event {
            // A line that flips faster than it is served would grow the queue: only its last level counts.
            Event::Line { line, .. } => {
                s.events.retain(|(t, e)| !(*t == target && matches!(e, Event::Line { line: l, .. } if *l == line)));
            }
            _ if s.events.contains(&(target, event)) => return,
            _ => {}
        }
        s.events.push_back((target, event));
        drop(s);
        self.changed.notify_all();
    }

    /// Arms (or with `None` disarms) a one-shot timer in VM time.
    pub fn set_timer(&self, target: TargetId, id: u8, due_ns: Option<u64>) {
        let key = (target, id);
        let mut s = self.lock();
        if s.armed.get(&key).copied() == due_ns {
            return;
        }
        let first = s.due.first().map(|(t, _)| *t);
        if let Some(old) = s.armed.remove(&key) {
            s.due.remove(&(old, key));
        }
        if let Some(at) = due_ns {
            s.armed.insert(key, at);
            s.due.insert((at, key));
        }
        let sooner = due_ns.is_some_and(|at| first.is_none_or(|f| at < f));
        drop(s);
        if sooner {
            self.changed.notify_all();
        }
    }

    /// Serves timers and events until [`Pump::stop`].
    pub fn run(&self) {
        let mut s = self.lock();
        while !s.stop {
            if s.paused {
                s = self.changed.wait(s).unwrap_or_else(|e| e.into_inner());
                continue;
            }
            let now = self.clock.now_ns();
            let next = if let Some(&(at, key)) = s.due.first()
                && at <= now
            {
                s.due.pop_first();
                s.armed.remove(&key);
                Some((key.0, Event::Timer(key.1)))
            } else {
                s.events.pop_front()
            };
            if let Some((target, event)) = next {
                let target = s.targets.get(target.0).and_then(Weak::upgrade);
                s.delivering = true;
                drop(s);
                if let Some(t) = target {
                    t.deliver(event);
                }
                s = self.lock();
                s.delivering = false;
                if s.paused {
                    self.changed.notify_all();
                }
                continue;
            }
            s = match s.due.first() {
                Some(&(at, _)) => {
                    let wait = Duration::from_nanos(at.saturating_sub(now));
                    self.changed.wait_timeout(s, wait).unwrap_or_else(|e| e.into_inner()).0
                }
                None => self.changed.wait(s).unwrap_or_else(|e| e.into_inner()),
            };
        }
    }

    /// Ends [`Pump::run`].
    pub fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    /// Holds delivery back and waits until none is under way. Not to be called from a target.
    pub fn pause(&self) {
        let mut s = self.lock();
        s.paused = true;
        while s.delivering {
            s = self.changed.wait(s).unwrap_or_else(|e| e.into_inner());
        }
    }

    /// Delivers again.
    pub fn resume(&self) {
        self.lock().paused = false;
        self.changed.notify_all();
    }

    /// Forgets all queued events and armed timers: for a cold reset, while paused.
    pub fn clear(&self) {
        let mut s = self.lock();
        s.events.clear();
        s.due.clear();
        s.armed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    struct Log(Mutex<Sender<Event>>);
    impl Target for Log {
        fn deliver(&self, event: Event) {
            self.0.lock().unwrap().send(event).unwrap();
        }
    }

    #[test]
    fn timers_fire_once_in_order_and_events_are_not_doubled() {
        let pump = Pump::new(Arc::new(Clock::new()));
        let (tx, rx) = channel();
        let log: Arc<dyn Target> = Arc::new(Log(Mutex::new(tx)));
        let id = pump.register(Arc::downgrade(&log));
        pump.post(id, Event::Input);
        pump.post(id, Event::Input);
        let now = pump.clock().now_ns();
        pump.set_timer(id, 2, Some(now + 400_000_000));
        pump.set_timer(id, 1, Some(now + 200_000_000));
        pump.set_timer(id, 3, Some(now + 100_000_000));
        pump.set_timer(id, 3, None);
        let p = pump.clone();
        let t = std::thread::spawn(move || p.run());
        let got: Vec<_> = (0..3).map(|_| rx.recv().unwrap()).collect();
        assert_eq!(got, [Event::Input, Event::Timer(1), Event::Timer(2)]);
        pump.stop();
        t.join().unwrap();
        assert!(rx.try_recv().is_err());
    }

    #[test]
    fn a_paused_pump_delivers_nothing_until_resumed() {
        let pump = Pump::new(Arc::new(Clock::new()));
        let (tx, rx) = channel();
        let log: Arc<dyn Target> = Arc::new(Log(Mutex::new(tx)));
        let id = pump.register(Arc::downgrade(&log));
        let p = pump.clone();
        let t = std::thread::spawn(move || p.run());
        pump.pause();
        pump.post(id, Event::Output);
        assert!(rx.recv_timeout(Duration::from_millis(20)).is_err());
        pump.resume();
        assert_eq!(rx.recv().unwrap(), Event::Output);
        pump.stop();
        t.join().unwrap();
    }

    #[test]
    fn a_flood_of_events_does_not_grow_the_queue() {
        let pump = Pump::new(Arc::new(Clock::new()));
        let (tx, _rx) = channel();
        let log: Arc<dyn Target> = Arc::new(Log(Mutex::new(tx)));
        let id = pump.register(Arc::downgrade(&log));
        for i in 0..10_000 {
            pump.post(id, Event::Line { line: 3, level: i % 2 == 0 });
            pump.post(id, Event::Input);
            pump.post(id, Event::Output);
        }
        assert_eq!(pump.lock().events.len(), 3);
    }
}
