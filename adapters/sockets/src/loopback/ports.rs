//! Who is bound where, of one protocol.
//!
//! Many may be bound to one place, but only one takes what comes there: a socket that listens, or one for datagrams. On a host it is
//! the same with the option that WASI wants for sockets of TCP, `SO_REUSEADDR`.

use super::place::Place;
use crate::bindings::exports::wasi::sockets0_2_12::network::ErrorCode as Error;
use alloc::vec::Vec;

/// Where the ports begin that nobody asks for by number, up to the last (RFC 6335).
const EPHEMERAL: u16 = 49152;

pub struct Ports<T> {
    bound: Vec<Bound<T>>,
    /// What the last who was bound is called.
    last: u32,
    /// The ephemeral port that is tried first. They are given out in turn, so that one is not soon somebody else's.
    next: u16,
}

struct Bound<T> {
    id: Id,
    place: Place,
    taker: Option<T>,
}

/// Who is bound.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Id(u32);

impl<T> Ports<T> {
    pub const fn new() -> Self {
        Self { bound: Vec::new(), last: 0, next: EPHEMERAL }
    }

    /// Port 0 is one that is free.
    pub fn bind(&mut self, mut place: Place, taker: Option<T>) -> Result<(Id, Place), Error> {
        if place.port == 0 {
            place.port = self.free().ok_or(Error::AddressInUse)?;
        }
        self.check(place)?;
        self.last += 1;
        let id = Id(self.last);
        self.bound.push(Bound { id, place, taker });
        Ok((id, place))
    }

    /// Takes what comes to the place where somebody is bound.
    pub fn take(&mut self, id: Id, taker: T) -> Result<(), Error> {
        let Some(at) = self.find(id) else { return Err(Error::InvalidState) };
        self.check(self.bound[at].place)?;
        self.bound[at].taker = Some(taker);
        Ok(())
    }

    /// Who takes what comes to a place.
    pub fn taker(&self, place: Place) -> Option<&T> {
        self.bound.iter().filter(|bound| bound.place.overlaps(place)).find_map(|bound| bound.taker.as_ref())
    }

    pub fn release(&mut self, id: Id) {
        if let Some(at) = self.find(id) {
            self.bound.swap_remove(at);
        }
    }

    fn find(&self, id: Id) -> Option<usize> {
        self.bound.iter().position(|bound| bound.id == id)
    }

    fn check(&self, place: Place) -> Result<(), Error> {
        if self.taker(place).is_some() { Err(Error::AddressInUse) } else { Ok(()) }
    }

    /// A port at which nobody is, at whatever address.
    fn free(&mut self) -> Option<u16> {
        for _ in EPHEMERAL..=u16::MAX {
            let port = self.next;
            self.next = port.checked_add(1).unwrap_or(EPHEMERAL);
            if self.bound.iter().all(|bound| bound.place.port != port) {
                return Some(port);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::at;
    use super::*;

    fn port(ports: &mut Ports<char>) -> u16 {
        ports.bind(at("127.0.0.1:0"), None).unwrap().1.port
    }

    #[test]
    fn what_comes_to_a_place_is_taken_by_one() {
        let mut ports = Ports::new();
        let (_, place) = ports.bind(at("127.0.0.1:80"), Some('a')).unwrap();
        assert_eq!(place, at("127.0.0.1:80"));
        for taken in ["127.0.0.1:80", "0.0.0.0:80"] {
            assert_eq!(ports.bind(at(taken), Some('b')), Err(Error::AddressInUse));
            assert_eq!(ports.bind(at(taken), None), Err(Error::AddressInUse));
        }
        ports.bind(at("127.0.0.2:80"), Some('b')).unwrap();
        let (all, _) = ports.bind(at("[::]:80"), Some('c')).unwrap();
        for (to, taker) in [
            ("127.0.0.1:80", Some('a')),
            ("127.0.0.2:80", Some('b')),
            ("127.0.0.3:80", None),
            ("127.0.0.1:81", None),
            ("[::1]:80", Some('c')),
        ] {
            assert_eq!(ports.taker(at(to)).copied(), taker, "{to}");
        }
        ports.release(all);
        assert_eq!(ports.taker(at("[::1]:80")), None);
        ports.bind(at("[::1]:80"), Some('d')).unwrap();
    }

    #[test]
    fn a_place_of_which_nobody_takes_anything_may_be_shared() {
        let mut ports = Ports::new();
        let (one, _) = ports.bind(at("0.0.0.0:80"), None).unwrap();
        let (two, _) = ports.bind(at("127.0.0.1:80"), None).unwrap();
        assert_eq!(ports.taker(at("127.0.0.1:80")), None);
        ports.take(one, 'a').unwrap();
        assert_eq!(ports.take(two, 'b'), Err(Error::AddressInUse));
        assert_eq!(ports.taker(at("127.0.0.1:80")), Some(&'a'));
        ports.release(one);
        ports.take(two, 'b').unwrap();
        assert_eq!(ports.taker(at("127.0.0.1:80")), Some(&'b'));
    }

    #[test]
    fn ephemeral_ports_are_given_out_in_turn_and_skip_those_in_use() {
        let mut ports = Ports::new();
        ports.bind(at("[::1]:49153"), None).unwrap();
        let (first, place) = ports.bind(at("127.0.0.1:0"), None).unwrap();
        assert_eq!(place.port, 49152);
        ports.release(first);
        assert_eq!(port(&mut ports), 49154);
        ports.next = u16::MAX;
        assert_eq!(port(&mut ports), u16::MAX);
        assert_eq!(port(&mut ports), 49152);
    }

    #[test]
    fn there_may_be_no_ephemeral_port_left() {
        let mut ports = Ports::new();
        for port in EPHEMERAL..=u16::MAX {
            ports.bind(Place { port, ..at("127.0.0.1:0") }, None::<char>).unwrap();
        }
        assert_eq!(ports.bind(at("0.0.0.0:0"), None), Err(Error::AddressInUse));
        ports.bind(at("0.0.0.0:49151"), None).unwrap();
    }
}
