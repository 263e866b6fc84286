//! What a socket of UDP is and becomes. What is refused, and with which error, is as in wasmtime.

use super::machine::Machine;
use super::options::Options;
use super::place::Place;
use super::ports::Id;
use super::queue::{Queue, Signal};
use crate::bindings::exports::wasi::sockets0_2_12::network::{ErrorCode as Error, IpAddressFamily as Family};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

/// How many bytes may wait to be received.
const BUFFER: u64 = 1 << 18;

/// What one takes of that besides its bytes, so that there is an end of empty ones, too.
const OVERHEAD: usize = 256;

pub struct Datagram {
    pub from: Place,
    pub data: Vec<u8>,
}

/// What came to where a socket is bound.
pub struct Mailbox<S> {
    queue: Queue<Datagram, S>,
    /// The only one who is listened to.
    peer: Option<Place>,
}

impl<S: Signal> Mailbox<S> {
    /// Forgets what came from others.
    fn listen_to(&mut self, peer: Option<Place>) {
        self.peer = peer;
        self.queue.keep(|datagram| peer.is_none_or(|peer| peer == datagram.from));
        self.queue.tell_by(S::ready());
    }

    fn deliver(&mut self, datagram: Datagram) {
        if self.peer.is_none_or(|peer| peer == datagram.from) {
            let size = datagram.data.len() + OVERHEAD;
            self.queue.push(datagram, size);
        }
    }
}

struct Bound<S> {
    id: Id,
    place: Place,
    mailbox: Rc<RefCell<Mailbox<S>>>,
}

pub struct Socket<S> {
    pub family: Family,
    bound: Option<Bound<S>>,
    is_binding: bool,
    /// How many pairs of streams there were. All but the last are of no use any more.
    pairs: u32,
    options: Options,
}

impl<S: Signal> Socket<S> {
    pub fn new(family: Family) -> Self {
        Self { family, bound: None, is_binding: false, pairs: 0, options: Options::new(BUFFER) }
    }

    fn bound(&self) -> Result<&Bound<S>, Error> {
        self.bound.as_ref().ok_or(Error::InvalidState)
    }

    pub fn start_bind<E>(&mut self, machine: &mut Machine<E, S>, local: Place) -> Result<(), Error> {
        if self.is_binding {
            return Err(Error::ConcurrencyConflict);
        }
        if self.bound.is_some() {
            return Err(Error::InvalidState);
        }
        if !local.is_of(self.family) {
            return Err(Error::InvalidArgument);
        }
        machine.check_bindable(local)?;
        let queue = Queue::new(self.options.receive_buffer as usize, S::ready());
        let mailbox = Rc::new(RefCell::new(Mailbox { queue, peer: None }));
        let (id, place) = machine.udp.bind(local, Some(mailbox.clone()))?;
        self.bound = Some(Bound { id, place, mailbox });
        self.is_binding = true;
        Ok(())
    }

    pub fn finish_bind(&mut self) -> Result<(), Error> {
        if !self.is_binding {
            return Err(Error::NotInProgress);
        }
        self.is_binding = false;
        Ok(())
    }

    /// The number of a new pair of streams, in place of all others.
    pub fn stream<E>(&mut self, machine: &Machine<E, S>, peer: Option<Place>) -> Result<u32, Error> {
        let mailbox = self.bound()?.mailbox.clone();
        if let Some(peer) = peer {
            self.check_remote(machine, peer)?;
        }
        mailbox.borrow_mut().listen_to(peer);
        self.pairs += 1;
        Ok(self.pairs)
    }

    fn check_remote<E>(&self, machine: &Machine<E, S>, remote: Place) -> Result<(), Error> {
        match remote.is_of(self.family) && remote.is_remote() {
            true => machine.check_reachable(remote),
            false => Err(Error::InvalidArgument),
        }
    }

    /// The address that its peer sees, if it has one.
    pub fn local_address(&self) -> Result<Place, Error> {
        let bound = self.bound()?;
        Ok(bound.mailbox.borrow().peer.map_or(bound.place, |peer| bound.place.towards(peer)))
    }

    pub fn remote_address(&self) -> Result<Place, Error> {
        self.bound()?.mailbox.borrow().peer.ok_or(Error::InvalidState)
    }

    pub fn options(&mut self) -> &mut Options {
        &mut self.options
    }

    pub fn set_receive_buffer(&mut self, size: u64) {
        self.options.receive_buffer = size;
        if let Some(bound) = &self.bound {
            bound.mailbox.borrow_mut().queue.limit = size as usize;
        }
    }

    /// What a pair of streams is about, if it is the last.
    fn pair(&self, pair: u32) -> Result<&Bound<S>, Error> {
        if pair == self.pairs { self.bound() } else { Err(Error::InvalidState) }
    }

    /// If nobody is there, or has no room, it is lost, as datagrams are.
    pub fn send<E>(
        &self,
        machine: &Machine<E, S>,
        pair: u32,
        data: Vec<u8>,
        remote: Option<Place>,
    ) -> Result<(), Error> {
        let bound = self.pair(pair)?;
        if data.len() > largest(self.family) {
            return Err(Error::DatagramTooLarge);
        }
        let peer = bound.mailbox.borrow().peer;
        let remote = remote.or(peer).filter(|remote| peer.is_none_or(|peer| peer == *remote));
        let remote = remote.ok_or(Error::InvalidArgument)?;
        self.check_remote(machine, remote)?;
        if let Some(mailbox) = machine.udp.taker(remote) {
            mailbox.borrow_mut().deliver(Datagram { from: bound.place.towards(remote), data });
        }
        Ok(())
    }

    pub fn receive(&self, pair: u32) -> Result<Option<Datagram>, Error> {
        Ok(self.pair(pair)?.mailbox.borrow_mut().queue.pop())
    }

    /// What is set while there is something to receive, or nothing will be.
    pub fn signal(&self, pair: u32) -> S {
        self.pair(pair).map_or_else(|_| S::ready(), |bound| bound.mailbox.borrow().queue.signal())
    }

    /// Nobody can reach it any more.
    pub fn release<E>(&mut self, machine: &mut Machine<E, S>) {
        if let Some(bound) = &self.bound {
            machine.udp.release(bound.id);
        }
    }
}

/// How many bytes fit in a packet, with the headers of IP, where these count, and of UDP.
fn largest(family: Family) -> usize {
    match family {
        Family::Ipv4 => 65535 - 20 - 8,
        Family::Ipv6 => 65535 - 8,
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::at;
    use super::super::queue::tests::Flag;
    use super::*;

    type Socket = super::Socket<Flag>;
    type Net = Machine<(), Flag>;

    fn net() -> Net {
        Machine::new(vec![("db".to_owned(), vec!["10.0.0.5".parse().unwrap()])])
    }

    fn bound(net: &mut Net, place: &str) -> Result<Socket, Error> {
        let mut socket = Socket::new(if place.starts_with('[') { Family::Ipv6 } else { Family::Ipv4 });
        socket.start_bind(net, at(place))?;
        socket.finish_bind()?;
        Ok(socket)
    }

    fn send(net: &Net, socket: &Socket, data: &str, to: &str) -> Result<(), Error> {
        let to = if to.is_empty() { None } else { Some(at(to)) };
        socket.send(net, socket.pairs, data.into(), to)
    }

    fn receive(socket: &Socket) -> Option<(String, Place)> {
        let datagram = socket.receive(socket.pairs).unwrap()?;
        Some((String::from_utf8(datagram.data).unwrap(), datagram.from))
    }

    #[test]
    fn datagrams_come_with_where_they_are_from() {
        let mut net = net();
        let mut one = bound(&mut net, "127.0.0.1:1").unwrap();
        let mut two = bound(&mut net, "0.0.0.0:0").unwrap();
        assert_eq!(two.local_address(), Ok(at("0.0.0.0:49152")));
        one.stream(&net, None).unwrap();
        two.stream(&net, None).unwrap();
        let ready = two.signal(1);
        assert!(!ready.get());
        send(&net, &one, "a", "127.0.0.9:49152").unwrap();
        send(&net, &one, "", "10.0.0.5:49152").unwrap();
        assert!(ready.get());
        assert_eq!(receive(&two), Some(("a".to_owned(), at("127.0.0.1:1"))));
        assert_eq!(receive(&two), Some(("".to_owned(), at("127.0.0.1:1"))));
        assert_eq!((receive(&two), ready.get()), (None, false));
        send(&net, &two, "b", "127.0.0.1:1").unwrap();
        assert_eq!(receive(&one), Some(("b".to_owned(), at("127.0.0.1:49152"))));
        send(&net, &one, "c", "127.0.0.1:1").unwrap();
        assert_eq!(receive(&one), Some(("c".to_owned(), at("127.0.0.1:1"))));
    }

    #[test]
    fn what_goes_nowhere_is_lost() {
        let mut net = net();
        let mut socket = bound(&mut net, "127.0.0.1:1").unwrap();
        socket.stream(&net, None).unwrap();
        send(&net, &socket, "a", "127.0.0.1:2").unwrap();
        assert_eq!(send(&net, &socket, "a", "10.0.0.6:1"), Err(Error::RemoteUnreachable));
        for to in ["", "0.0.0.0:1", "127.0.0.1:0", "[::1]:1"] {
            assert_eq!(send(&net, &socket, "a", to), Err(Error::InvalidArgument), "{to}");
        }
        let data = "a".repeat(65507);
        assert_eq!(send(&net, &socket, &data, "127.0.0.1:1"), Ok(()));
        assert_eq!(send(&net, &socket, &(data + "a"), "127.0.0.1:1"), Err(Error::DatagramTooLarge));
    }

    #[test]
    fn a_pair_with_a_peer_is_for_nobody_else() {
        let mut net = net();
        let [mut server, mut peer, mut other] =
            ["0.0.0.0:1", "127.0.0.1:2", "127.0.0.1:3"].map(|place| bound(&mut net, place).unwrap());
        assert_eq!(server.stream(&net, Some(at("10.0.0.6:1"))), Err(Error::RemoteUnreachable));
        assert_eq!(server.stream(&net, Some(at("127.0.0.1:0"))), Err(Error::InvalidArgument));
        for socket in [&mut server, &mut peer, &mut other] {
            socket.stream(&net, None).unwrap();
            assert_eq!(socket.remote_address(), Err(Error::InvalidState));
        }
        send(&net, &other, "former", "127.0.0.1:1").unwrap();
        send(&net, &peer, "a", "127.0.0.1:1").unwrap();
        let former = server.signal(1);
        server.stream(&net, Some(at("127.0.0.1:2"))).unwrap();
        send(&net, &other, "later", "127.0.0.1:1").unwrap();
        send(&net, &peer, "b", "127.0.0.1:1").unwrap();
        assert_eq!((server.local_address(), server.remote_address()), (Ok(at("127.0.0.1:1")), Ok(at("127.0.0.1:2"))));
        assert_eq!([receive(&server), receive(&server)].map(|got| got.unwrap().0), ["a", "b"]);
        assert_eq!(receive(&server), None);
        send(&net, &server, "c", "").unwrap();
        send(&net, &server, "d", "127.0.0.1:2").unwrap();
        assert_eq!(send(&net, &server, "e", "127.0.0.1:3"), Err(Error::InvalidArgument));
        assert_eq!([receive(&peer), receive(&peer)].map(|got| got.unwrap().0), ["c", "d"]);
        assert!(former.get() && server.signal(1).get() && !server.signal(2).get());
        assert_eq!(server.receive(1).err(), Some(Error::InvalidState));
        server.stream(&net, None).unwrap();
        assert_eq!((server.local_address(), server.remote_address()), (Ok(at("0.0.0.0:1")), Err(Error::InvalidState)));
    }

    #[test]
    fn one_is_bound_once_and_alone() {
        let mut net = net();
        let mut socket = Socket::new(Family::Ipv4);
        assert_eq!(socket.finish_bind(), Err(Error::NotInProgress));
        assert_eq!(socket.stream(&net, None), Err(Error::InvalidState));
        assert_eq!(socket.local_address(), Err(Error::InvalidState));
        assert_eq!(socket.start_bind(&mut net, at("[::1]:1")), Err(Error::InvalidArgument));
        assert_eq!(socket.start_bind(&mut net, at("10.0.0.6:1")), Err(Error::AddressNotBindable));
        socket.start_bind(&mut net, at("127.0.0.1:1")).unwrap();
        assert_eq!(socket.start_bind(&mut net, at("127.0.0.1:2")), Err(Error::ConcurrencyConflict));
        socket.finish_bind().unwrap();
        assert_eq!(socket.start_bind(&mut net, at("127.0.0.1:2")), Err(Error::InvalidState));
        assert_eq!(bound(&mut net, "0.0.0.0:1").err(), Some(Error::AddressInUse));
        socket.release(&mut net);
        bound(&mut net, "0.0.0.0:1").unwrap();
    }

    #[test]
    fn what_there_is_no_room_for_is_lost() {
        let mut net = net();
        let mut socket = bound(&mut net, "127.0.0.1:1").unwrap();
        socket.set_receive_buffer(OVERHEAD as u64 * 3 + 1);
        socket.stream(&net, None).unwrap();
        for data in ["a", "b", "", "c"] {
            send(&net, &socket, data, "127.0.0.1:1").unwrap();
        }
        assert_eq!(
            [(); 4].map(|()| receive(&socket).map(|got| got.0)),
            ["a", "b", "", "c"].map(|data| { Some(data.to_owned()).filter(|data| data != "c") })
        );
    }
}
