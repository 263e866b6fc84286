//! What sockets of commands reach: peers in this process, on loopback, and a record of what came as far as the host.

use crate::host::{Host, Program, Ran};
use crate::serve::runtime;
use anyhow::{Result, anyhow, bail};
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::sockets::SocketAddrUse;

/// What a guest's calls brought to the host, in order. Clones are the same record.
#[derive(Clone, Default)]
pub struct Reached(Arc<Mutex<Vec<(SocketAddrUse, SocketAddr)>>>);

/// What wasmtime asks of an address.
type Checked = Pin<Box<dyn Future<Output = bool> + Send + Sync>>;

impl Reached {
    /// Records each address, and permits it on loopback: whatever a test gets wrong, nothing leaves the machine.
    pub fn check(&self) -> impl Fn(SocketAddr, SocketAddrUse) -> Checked + Send + Sync + 'static {
        let reached = self.clone();
        move |address, what| {
            reached.0.lock().expect("nobody panics with it").push((what, address));
            let is_bind = matches!(what, SocketAddrUse::TcpBind | SocketAddrUse::UdpBind);
            let is_ours = address.ip().is_loopback() || is_bind && address.ip().is_unspecified();
            Box::pin(async move { is_ours })
        }
    }

    /// All of it: `TcpConnect 127.0.0.1:80`.
    pub fn all(&self) -> Vec<String> {
        let reached = self.0.lock().expect("nobody panics with it");
        reached.iter().map(|(what, address)| format!("{what:?} {address}")).collect()
    }

    /// Without sockets that are bound to a port of the host's choice, or to none yet, which reaches nobody.
    pub fn others(&self) -> Vec<String> {
        let is_bind = |line: &String| line.contains("Bind ") && line.ends_with(":0");
        self.all().into_iter().filter(|line| !is_bind(line)).collect()
    }
}

impl fmt::Debug for Reached {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}

/// Who is there at an address, on ports of their own, for as long as the process lives.
#[derive(Debug)]
pub struct Peers {
    /// Sends back what it gets, until that ends.
    pub echo: SocketAddr,
    /// Accepts, and says nothing.
    pub silent: SocketAddr,
    /// Accepts, and closes.
    pub closing: SocketAddr,
    /// Accepts, takes a byte, and breaks off.
    pub resetting: SocketAddr,
    /// Has a port, and refuses to talk.
    pub refusing: SocketAddr,
    /// Sends each datagram back.
    pub datagrams: SocketAddr,
}

impl Peers {
    /// Those of IPv4.
    pub fn ipv4() -> &'static Self {
        static PEERS: LazyLock<Peers> = LazyLock::new(|| {
            runtime().block_on(Peers::start(Ipv4Addr::LOCALHOST.into())).expect("there is a loopback address")
        });
        &PEERS
    }

    /// Those of IPv6, where the machine has it.
    pub fn ipv6() -> Option<&'static Self> {
        static PEERS: LazyLock<Option<Peers>> =
            LazyLock::new(|| runtime().block_on(Peers::start(Ipv6Addr::LOCALHOST.into())).ok());
        PEERS.as_ref()
    }

    async fn start(ip: IpAddr) -> Result<Self> {
        let refusing = if ip.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        refusing.bind((ip, 0).into())?;
        let peers = Self {
            echo: listen(ip, echo).await?,
            silent: listen(ip, |client| async move {
                // For as long as the other end keeps it.
                tokio::io::copy(&mut { client }, &mut tokio::io::sink()).await.map(drop)
            })
            .await?,
            closing: listen(ip, |client| async move {
                drop(client);
                Ok(())
            })
            .await?,
            resetting: listen(ip, reset).await?,
            refusing: refusing.local_addr()?,
            datagrams: datagrams(ip).await?,
        };
        // The port stays taken, with nobody there.
        std::mem::forget(refusing);
        Ok(peers)
    }

    /// A text with them in it: `{echo}` and so on; `{free}` is an address where nobody is.
    pub fn place(&self, text: &str) -> Result<String> {
        let mut text = text.to_owned();
        for (name, address) in [
            ("{echo}", self.echo),
            ("{silent}", self.silent),
            ("{closing}", self.closing),
            ("{resetting}", self.resetting),
            ("{refusing}", self.refusing),
            ("{datagrams}", self.datagrams),
        ] {
            text = text.replace(name, &address.to_string());
        }
        while text.contains("{free}") {
            text = text.replacen("{free}", &free(self.echo.ip())?.to_string(), 1);
        }
        Ok(text)
    }
}

async fn listen<F: Future<Output = std::io::Result<()>> + Send + 'static>(
    ip: IpAddr,
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind((ip, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client));
        }
    });
    Ok(address)
}

async fn echo(mut client: TcpStream) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut buffer = vec![0; 65_536];
    loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..count]).await?;
    }
}

async fn reset(mut client: TcpStream) -> std::io::Result<()> {
    client.read_u8().await?;
    client.set_zero_linger()
}

async fn datagrams(ip: IpAddr) -> Result<SocketAddr> {
    let socket = UdpSocket::bind((ip, 0)).await?;
    let address = socket.local_addr()?;
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_536];
        loop {
            // Who is gone is an error of the next call, of no interest to the others.
            if let Ok((len, peer)) = socket.recv_from(&mut buffer).await {
                _ = socket.send_to(&buffer[..len], peer).await;
            }
        }
    });
    Ok(address)
}

/// An address where nobody is, below the ports that the host chooses from, so that nobody comes.
pub fn free(ip: IpAddr) -> Result<SocketAddr> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 200) as u16 * 100;
    for _ in 0..1000 {
        let address = SocketAddr::new(ip, first + NEXT.fetch_add(1, Ordering::Relaxed) % 1000);
        if std::net::TcpListener::bind(address).is_ok() && std::net::UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port is free")
}

/// The addresses of a name, as this machine has them, sorted.
pub fn addresses(name: &str) -> Result<Vec<IpAddr>> {
    let mut found: Vec<_> = (name, 80).to_socket_addrs()?.map(|address| address.ip()).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// A command that is running, in a thread of its own.
pub struct Running {
    stdout: MemoryOutputPipe,
    thread: JoinHandle<Result<Ran>>,
}

impl Running {
    /// Starts it.
    pub fn start(program: &Arc<Program>, host: Host) -> Self {
        let (stdout, program) = (MemoryOutputPipe::new(1 << 20), Arc::clone(program));
        let pipe = stdout.clone();
        Self { stdout, thread: thread::spawn(move || program.run_into(pipe, &host)) }
    }

    /// Waits until it has said something.
    pub fn said(&self, words: &str) -> Result<()> {
        for _ in 0..1000 {
            let said = String::from_utf8_lossy(&self.stdout.contents()).into_owned();
            if said.contains(words) {
                return Ok(());
            }
            if self.thread.is_finished() {
                bail!("it ended, and said: {said}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("after ten seconds it has not said `{words}`")
    }

    /// Waits until it has ended.
    pub fn end(self) -> Result<Ran> {
        self.thread.join().map_err(|_| anyhow!("the host panicked"))?
    }
}
