//! What a socket of TCP is and becomes. Which state refuses what, and with which error, is as in wasmtime.
//!
//! Who connects is connected or refused at once: nothing can happen here between the two. A full backlog refuses, because who waits
//! for room in it waits for this very program to go on.

use super::machine::Machine;
use super::options::{self, Options};
use super::place::{Place, unspecified};
use super::ports::Id;
use super::queue::{Queue, Signal};
use crate::bindings::exports::wasi::sockets0_2_12::network::{ErrorCode as Error, IpAddressFamily as Family};
use alloc::rc::Rc;
use core::cell::RefCell;
use core::mem::replace;

/// How many bytes may be on their way. On a host both buffers grow with what is written, so a program that writes much before its
/// other half reads gets far; one that got less far here would stop for good.
const BUFFER: u64 = 1 << 20;

/// What std asks for.
const BACKLOG: u64 = 128;

/// One side of a connection.
pub trait End: Sized {
    /// Both, with room for so many bytes on their way from the first and to it. What is not taken of one that is dropped is closed.
    fn pair(out: u64, back: u64) -> (Self, Self);

    fn shut(&mut self, receive: bool, send: bool);
}

/// Who connected, and waits to be accepted.
pub struct Arrival<E> {
    end: E,
    local: Place,
    remote: Place,
}

pub type Backlog<E, S> = Rc<RefCell<Queue<Arrival<E>, S>>>;

enum State<E, S> {
    /// Bound or not.
    Default,
    Listening(Backlog<E, S>),
    /// With what will be said of it.
    Connecting(Result<(E, Place), Error>),
    Connected(E, Place),
    /// It could not be connected.
    Closed(Error),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Bind,
    Connect,
    Listen,
}

pub struct Socket<E, S> {
    pub family: Family,
    /// Set but while it listens and nobody waits to be accepted.
    pub signal: S,
    state: State<E, S>,
    in_progress: Option<Operation>,
    /// Who it is among those that are bound. One that was accepted is not one of them.
    id: Option<Id>,
    local: Option<Place>,
    backlog: u64,
    options: Options,
}

impl<E: End, S: Signal> Socket<E, S> {
    pub fn new(family: Family) -> Self {
        Self {
            family,
            signal: S::ready(),
            state: State::Default,
            in_progress: None,
            id: None,
            local: None,
            backlog: BACKLOG,
            options: Options::new(BUFFER),
        }
    }

    fn check_idle(&self) -> Result<(), Error> {
        if self.in_progress.is_some() { Err(Error::ConcurrencyConflict) } else { Ok(()) }
    }

    fn finish(&mut self, operation: Operation) -> Result<(), Error> {
        if self.in_progress != Some(operation) {
            return Err(Error::NotInProgress);
        }
        self.in_progress = None;
        Ok(())
    }

    pub fn start_bind(&mut self, machine: &mut Machine<E, S>, local: Place) -> Result<(), Error> {
        self.check_idle()?;
        if self.local.is_some() || !matches!(self.state, State::Default) {
            return Err(Error::InvalidState);
        }
        if !local.is_unicast() || !local.is_of(self.family) {
            return Err(Error::InvalidArgument);
        }
        machine.check_bindable(local)?;
        self.bind(machine, local)?;
        self.in_progress = Some(Operation::Bind);
        Ok(())
    }

    pub fn finish_bind(&mut self) -> Result<(), Error> {
        self.finish(Operation::Bind)
    }

    fn bind(&mut self, machine: &mut Machine<E, S>, local: Place) -> Result<Place, Error> {
        let (id, local) = machine.tcp.bind(local, None)?;
        self.id = Some(id);
        self.local = Some(local);
        Ok(local)
    }

    pub fn start_connect(&mut self, machine: &mut Machine<E, S>, remote: Place) -> Result<(), Error> {
        self.check_idle()?;
        if !matches!(self.state, State::Default) {
            return Err(Error::InvalidState);
        }
        if !remote.is_unicast() || !remote.is_remote() || !remote.is_of(self.family) {
            return Err(Error::InvalidArgument);
        }
        self.state = State::Connecting(self.connect(machine, remote));
        self.in_progress = Some(Operation::Connect);
        Ok(())
    }

    fn connect(&mut self, machine: &mut Machine<E, S>, remote: Place) -> Result<(E, Place), Error> {
        machine.check_reachable(remote)?;
        let listener = machine.tcp.taker(remote).ok_or(Error::ConnectionRefused)?.clone();
        if !listener.borrow().has_room() {
            return Err(Error::ConnectionRefused);
        }
        let local = match self.local {
            Some(local) => local,
            None => self.bind(machine, Place { ip: unspecified(self.family), port: 0 })?,
        };
        let local = local.towards(remote);
        self.local = Some(local);
        let (end, theirs) = E::pair(self.options.send_buffer, self.options.receive_buffer);
        listener.borrow_mut().push(Arrival { end: theirs, local: remote, remote: local }, 1);
        Ok((end, remote))
    }

    /// The end that it has from then on.
    pub fn finish_connect(&mut self) -> Result<&mut E, Error> {
        self.finish(Operation::Connect)?;
        self.state = match replace(&mut self.state, State::Default) {
            State::Connecting(Ok((end, remote))) => State::Connected(end, remote),
            State::Connecting(Err(error)) => State::Closed(error),
            other => other,
        };
        self.connected()
    }

    pub fn connected(&mut self) -> Result<&mut E, Error> {
        match &mut self.state {
            State::Connected(end, _) => Ok(end),
            State::Closed(error) => Err(*error),
            _ => Err(Error::InvalidState),
        }
    }

    pub fn start_listen(&mut self, machine: &mut Machine<E, S>) -> Result<(), Error> {
        self.check_idle()?;
        let (State::Default, Some(id)) = (&self.state, self.id) else { return Err(Error::InvalidState) };
        let backlog = Rc::new(RefCell::new(Queue::new(limit(self.backlog), self.signal.clone())));
        machine.tcp.take(id, backlog.clone())?;
        self.state = State::Listening(backlog);
        self.in_progress = Some(Operation::Listen);
        Ok(())
    }

    /// Until then it is ready to be finished.
    pub fn finish_listen(&mut self) -> Result<(), Error> {
        self.finish(Operation::Listen)?;
        if let State::Listening(backlog) = &self.state {
            backlog.borrow().tell();
        }
        Ok(())
    }

    pub fn accept(&mut self) -> Result<Self, Error> {
        let (State::Listening(backlog), None) = (&self.state, self.in_progress) else {
            return Err(Error::InvalidState);
        };
        let Arrival { end, local, remote } = backlog.borrow_mut().pop().ok_or(Error::WouldBlock)?;
        Ok(Self {
            state: State::Connected(end, remote),
            local: Some(local),
            options: self.options.clone(),
            ..Self::new(self.family)
        })
    }

    pub fn local_address(&self) -> Result<Place, Error> {
        match self.state {
            State::Closed(error) => Err(error),
            State::Connecting(_) => Err(Error::InvalidState),
            _ => self.local.ok_or(Error::InvalidState),
        }
    }

    pub fn remote_address(&self) -> Result<Place, Error> {
        match self.state {
            State::Connected(_, remote) => Ok(remote),
            State::Closed(error) => Err(error),
            _ => Err(Error::InvalidState),
        }
    }

    pub fn is_listening(&self) -> bool {
        matches!(self.state, State::Listening(_))
    }

    pub fn set_backlog(&mut self, size: u64) -> Result<(), Error> {
        let size = options::size(size)?;
        match &self.state {
            State::Default => self.backlog = size,
            State::Listening(backlog) => backlog.borrow_mut().limit = limit(size),
            State::Closed(error) => return Err(*error),
            _ => return Err(Error::InvalidState),
        }
        Ok(())
    }

    pub fn options(&mut self) -> Result<&mut Options, Error> {
        match self.state {
            State::Connecting(_) => Err(Error::InvalidState),
            State::Closed(error) => Err(error),
            _ => Ok(&mut self.options),
        }
    }

    pub fn shutdown(&mut self, receive: bool, send: bool) -> Result<(), Error> {
        let State::Connected(end, _) = &mut self.state else { return Err(Error::InvalidState) };
        end.shut(receive, send);
        Ok(())
    }

    /// Nobody can reach it any more. Who waits to be accepted is dropped with it.
    pub fn release(&mut self, machine: &mut Machine<E, S>) {
        if let Some(id) = self.id {
            machine.tcp.release(id);
        }
    }
}

/// Linux lets in one more than was asked for.
fn limit(backlog: u64) -> usize {
    backlog as usize + 1
}

#[cfg(test)]
mod tests {
    use super::super::place::at;
    use super::super::queue::tests::Flag;
    use super::*;

    /// The number of a connection, and what was shut of it.
    #[derive(Debug, PartialEq)]
    struct Wire(u64, u64, [bool; 2]);

    impl End for Wire {
        fn pair(out: u64, back: u64) -> (Self, Self) {
            (Self(out, back, [false; 2]), Self(back, out, [false; 2]))
        }

        fn shut(&mut self, receive: bool, send: bool) {
            self.2 = [receive, send];
        }
    }

    type Socket = super::Socket<Wire, Flag>;
    type Net = Machine<Wire, Flag>;

    fn net() -> Net {
        Machine::new(vec![("db".to_owned(), vec!["10.0.0.5".parse().unwrap(), "fd00::5".parse().unwrap()])])
    }

    fn bound(net: &mut Net, place: &str) -> Result<Socket, Error> {
        let mut socket = Socket::new(if place.starts_with('[') { Family::Ipv6 } else { Family::Ipv4 });
        socket.start_bind(net, at(place))?;
        socket.finish_bind()?;
        Ok(socket)
    }

    fn listening(net: &mut Net, place: &str) -> Socket {
        let mut socket = bound(net, place).unwrap();
        socket.start_listen(net).unwrap();
        socket.finish_listen().unwrap();
        socket
    }

    fn connected(net: &mut Net, place: &str) -> Result<Socket, Error> {
        let mut socket = Socket::new(if place.starts_with('[') { Family::Ipv6 } else { Family::Ipv4 });
        socket.start_connect(net, at(place)).unwrap();
        socket.finish_connect()?;
        Ok(socket)
    }

    #[test]
    fn a_connection_has_two_sides() {
        let mut net = net();
        let mut server = listening(&mut net, "127.0.0.1:80");
        assert!(server.is_listening() && !server.signal.get());
        assert_eq!(server.accept().err(), Some(Error::WouldBlock));
        let mut client = Socket::new(Family::Ipv4);
        client.options().unwrap().send_buffer = 7;
        client.start_connect(&mut net, at("127.0.0.1:80")).unwrap();
        assert!(server.signal.get() && client.signal.get());
        assert_eq!(*client.finish_connect().unwrap(), Wire(7, BUFFER, [false; 2]));
        let mut accepted = server.accept().unwrap();
        assert_eq!(*accepted.connected().unwrap(), Wire(BUFFER, 7, [false; 2]));
        assert!(!server.signal.get() && accepted.signal.get());
        for (socket, local, remote) in
            [(&client, "127.0.0.1:49152", "127.0.0.1:80"), (&accepted, "127.0.0.1:80", "127.0.0.1:49152")]
        {
            assert_eq!((socket.local_address(), socket.remote_address()), (Ok(at(local)), Ok(at(remote))));
        }
        accepted.shutdown(false, true).unwrap();
        assert_eq!(accepted.connected().unwrap().2, [false, true]);
    }

    #[test]
    fn what_listens_at_all_addresses_is_reached_at_each() {
        let mut net = net();
        let mut server = listening(&mut net, "0.0.0.0:0");
        assert_eq!(server.local_address(), Ok(at("0.0.0.0:49152")));
        for (to, from) in [("127.0.0.1:49152", "127.0.0.1:49153"), ("10.0.0.5:49152", "10.0.0.5:49154")] {
            let client = connected(&mut net, to).unwrap();
            let accepted = server.accept().unwrap();
            assert_eq!((accepted.local_address(), accepted.remote_address()), (Ok(at(to)), Ok(at(from))));
            assert_eq!(client.local_address(), Ok(at(from)));
        }
        assert_eq!(connected(&mut net, "[::1]:49152").err(), Some(Error::ConnectionRefused));
    }

    #[test]
    fn nobody_is_reached_elsewhere() {
        let mut net = net();
        for (to, error) in [
            ("127.0.0.1:80", Error::ConnectionRefused),
            ("[fd00::5]:80", Error::ConnectionRefused),
            ("10.0.0.6:80", Error::RemoteUnreachable),
            ("[fe80::1]:80", Error::RemoteUnreachable),
        ] {
            assert_eq!(connected(&mut net, to).err(), Some(error), "{to}");
        }
        bound(&mut net, "127.0.0.1:81").unwrap();
        assert_eq!(connected(&mut net, "127.0.0.1:81").err(), Some(Error::ConnectionRefused));
        for (place, error) in [
            ("10.0.0.6:80", Error::AddressNotBindable),
            ("224.0.0.1:80", Error::InvalidArgument),
            ("[::ffff:127.0.0.1]:80", Error::InvalidArgument),
        ] {
            assert_eq!(bound(&mut net, place).err(), Some(error), "{place}");
        }
        bound(&mut net, "10.0.0.5:80").unwrap();
        bound(&mut net, "127.1.2.3:80").unwrap();
        bound(&mut net, "[::1]:80").unwrap();
    }

    #[test]
    fn arguments_that_no_connection_can_have_change_nothing() {
        let mut net = net();
        let mut socket = Socket::new(Family::Ipv6);
        for to in ["127.0.0.1:80", "[::]:80", "[::1]:0", "[ff02::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(socket.start_connect(&mut net, at(to)), Err(Error::InvalidArgument), "{to}");
        }
        assert_eq!(socket.start_bind(&mut net, at("127.0.0.1:80")), Err(Error::InvalidArgument));
        socket.start_bind(&mut net, at("[::1]:80")).unwrap();
    }

    #[test]
    fn one_operation_is_finished_before_the_next_is_started() {
        let mut net = net();
        let mut socket = Socket::new(Family::Ipv4);
        assert_eq!(socket.finish_bind(), Err(Error::NotInProgress));
        assert_eq!(socket.start_listen(&mut net), Err(Error::InvalidState));
        assert_eq!(socket.accept().err(), Some(Error::InvalidState));
        assert_eq!(socket.shutdown(true, true), Err(Error::InvalidState));
        assert_eq!(socket.local_address(), Err(Error::InvalidState));
        socket.start_bind(&mut net, at("127.0.0.1:80")).unwrap();
        for result in [
            socket.start_bind(&mut net, at("127.0.0.1:81")),
            socket.start_connect(&mut net, at("127.0.0.1:81")),
            socket.start_listen(&mut net),
        ] {
            assert_eq!(result, Err(Error::ConcurrencyConflict));
        }
        assert_eq!(socket.finish_listen(), Err(Error::NotInProgress));
        socket.finish_bind().unwrap();
        assert_eq!(socket.start_bind(&mut net, at("127.0.0.1:81")), Err(Error::InvalidState));
        socket.start_listen(&mut net).unwrap();
        assert!(socket.signal.get());
        connected(&mut net, "127.0.0.1:80").unwrap();
        assert_eq!(socket.accept().err(), Some(Error::InvalidState));
        socket.finish_listen().unwrap();
        assert!(socket.signal.get());
        assert_eq!(socket.start_listen(&mut net), Err(Error::InvalidState));
        assert_eq!(socket.start_connect(&mut net, at("127.0.0.1:80")), Err(Error::InvalidState));
        let mut accepted = socket.accept().unwrap();
        assert_eq!(accepted.start_listen(&mut net), Err(Error::InvalidState));
        assert_eq!(accepted.start_bind(&mut net, at("127.0.0.1:81")), Err(Error::InvalidState));
    }

    #[test]
    fn what_could_not_be_connected_is_closed_and_says_why() {
        let mut net = net();
        let mut socket = Socket::new(Family::Ipv4);
        socket.start_connect(&mut net, at("127.0.0.1:80")).unwrap();
        assert_eq!(socket.local_address(), Err(Error::InvalidState));
        assert_eq!(socket.options().err(), Some(Error::InvalidState));
        assert_eq!(socket.finish_connect().err(), Some(Error::ConnectionRefused));
        assert_eq!(socket.finish_connect().err(), Some(Error::NotInProgress));
        assert_eq!(socket.remote_address(), Err(Error::ConnectionRefused));
        assert_eq!(socket.set_backlog(1), Err(Error::ConnectionRefused));
        assert_eq!(socket.start_connect(&mut net, at("127.0.0.1:80")), Err(Error::InvalidState));
    }

    #[test]
    fn a_full_backlog_refuses() {
        let mut net = net();
        let mut server = bound(&mut net, "127.0.0.1:80").unwrap();
        assert_eq!(server.set_backlog(0), Err(Error::InvalidArgument));
        server.set_backlog(1).unwrap();
        server.start_listen(&mut net).unwrap();
        server.finish_listen().unwrap();
        for _ in 0..2 {
            connected(&mut net, "127.0.0.1:80").unwrap();
        }
        assert_eq!(connected(&mut net, "127.0.0.1:80").err(), Some(Error::ConnectionRefused));
        server.accept().unwrap();
        connected(&mut net, "127.0.0.1:80").unwrap();
        server.set_backlog(2).unwrap();
        connected(&mut net, "127.0.0.1:80").unwrap();
    }

    #[test]
    fn a_port_is_free_when_its_socket_is_gone() {
        let mut net = net();
        let mut server = listening(&mut net, "127.0.0.1:80");
        assert_eq!(bound(&mut net, "0.0.0.0:80").err(), Some(Error::AddressInUse));
        let mut client = connected(&mut net, "127.0.0.1:80").unwrap();
        let mut accepted = server.accept().unwrap();
        server.release(&mut net);
        assert_eq!(connected(&mut net, "127.0.0.1:80").err(), Some(Error::ConnectionRefused));
        listening(&mut net, "127.0.0.1:80");
        client.release(&mut net);
        accepted.release(&mut net);
        connected(&mut net, "127.0.0.1:80").unwrap();
    }

    #[test]
    fn who_is_accepted_has_the_options_of_who_listened() {
        let mut net = net();
        let mut server = listening(&mut net, "127.0.0.1:80");
        server.options().unwrap().hop_limit = 7;
        connected(&mut net, "127.0.0.1:80").unwrap();
        assert_eq!(server.accept().unwrap().options().unwrap().hop_limit, 7);
    }
}
