//! What came and waits to be taken, and a signal that says whether there is something.

use alloc::collections::VecDeque;

/// Something to wait for, which all its clones are.
pub trait Signal: Clone {
    /// One that is set.
    fn ready() -> Self;
    fn set(&self, ready: bool);
}

pub struct Queue<T, S> {
    /// Each with its size.
    items: VecDeque<(T, usize)>,
    used: usize,
    /// Once so much is used nothing is let in. What is let in may be more than that, or something large never would be.
    pub limit: usize,
    signal: S,
}

impl<T, S: Signal> Queue<T, S> {
    pub fn new(limit: usize, signal: S) -> Self {
        Self { items: VecDeque::new(), used: 0, limit, signal }
    }

    pub fn has_room(&self) -> bool {
        self.used < self.limit
    }

    /// What there is no room for is dropped.
    pub fn push(&mut self, item: T, size: usize) {
        if self.has_room() {
            self.used += size;
            self.items.push_back((item, size));
            self.tell();
        }
    }

    pub fn pop(&mut self) -> Option<T> {
        let (item, size) = self.items.pop_front()?;
        self.used -= size;
        self.tell();
        Some(item)
    }

    pub fn keep(&mut self, is_kept: impl Fn(&T) -> bool) {
        self.items.retain(|(item, _)| is_kept(item));
        self.used = self.items.iter().map(|(_, size)| size).sum();
        self.tell();
    }

    /// From now on another signal says it. Who waits by the former is not to wait for ever.
    pub fn tell_by(&mut self, signal: S) {
        self.signal.set(true);
        self.signal = signal;
        self.tell();
    }

    pub fn signal(&self) -> S {
        self.signal.clone()
    }

    /// Brings the signal in step. Nothing else sets it while there is a queue that tells.
    pub fn tell(&self) {
        self.signal.set(!self.items.is_empty());
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use core::cell::Cell;
    use std::rc::Rc;

    pub type Flag = Rc<Cell<bool>>;

    impl Signal for Flag {
        fn ready() -> Self {
            Rc::new(Cell::new(true))
        }

        fn set(&self, ready: bool) {
            Cell::set(self, ready);
        }
    }

    #[test]
    fn the_signal_says_whether_there_is_something() {
        let (signal, other): (Flag, Flag) = (Signal::ready(), Signal::ready());
        let mut queue = Queue::new(3, signal.clone());
        assert!(signal.get());
        queue.tell();
        assert!(!signal.get());
        queue.push('a', 1);
        queue.push('b', 1);
        assert!(signal.get());
        assert_eq!((queue.pop(), signal.get()), (Some('a'), true));
        assert_eq!((queue.pop(), signal.get()), (Some('b'), false));
        assert_eq!((queue.pop(), signal.get()), (None, false));
        queue.tell_by(other.clone());
        assert!(signal.get() && !other.get());
        queue.push('c', 1);
        assert!(other.get());
        queue.keep(|item| *item != 'c');
        assert!(!other.get());
    }

    #[test]
    fn what_is_over_the_limit_is_dropped() {
        let mut queue = Queue::new(3, Flag::default());
        for (item, size) in [('a', 2), ('b', 9), ('c', 1)] {
            queue.push(item, size);
        }
        assert!(!queue.has_room());
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some('a'), Some('b'), None]);
        for item in ['a', 'b', 'c', 'd'] {
            queue.push(item, 1);
        }
        queue.keep(|item| *item == 'c');
        assert!(queue.has_room());
        assert_eq!([queue.pop(), queue.pop()], [Some('c'), None]);
    }
}
