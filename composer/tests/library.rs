//! The library says what the command line and policy files say, and what cannot be is an error that a caller can match.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use virt_compose::cli::Cli;
use virt_compose::component::Component;
use virt_compose::plan::PlanError;
use virt_compose::policy::{Endpoints, Policy, Requests, Scheme, SocketRule};
use virt_compose::virt::{Access, Local};
use virt_compose::{Error, Virt};

fn guest(name: &str) -> Vec<u8> {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests");
    fs::read(guests.join(format!("{name}.wasm"))).expect("tests/guests/build.sh made it")
}

/// A folder with a policy file and a `site`.
fn folder(policy: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("site")).unwrap();
    fs::write(folder.path().join("site/index.html"), "hello").unwrap();
    let file = folder.path().join("policy.toml");
    fs::write(&file, format!("version = 1\n{policy}")).unwrap();
    (folder, file)
}

#[track_caller]
fn same(virt: Virt, args: &[&str]) {
    assert_eq!(*virt.policy().unwrap(), Cli::policy_of(args).unwrap(), "{args:?}");
}

#[track_caller]
fn same_as_file(virt: Virt, policy: &str) {
    let (_folder, file) = folder(policy);
    same(virt, &["--policy", file.to_str().unwrap(), "app.wasm"]);
}

fn new_year() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// The only test here that is about the working directory.
#[test]
fn the_line_that_everybody_writes_first_works() -> Result<(), Error> {
    let (folder, _) = folder("");
    std::env::set_current_dir(folder.path()).unwrap();
    let app = guest("rust-tempfile");
    let out = Virt::sealed().env(|e| e.set("A", "1")).fs(|f| f.mount("/", "site")?.tmpfs("/tmp")).compose(&app)?;
    let imports = Component::of(&out.bytes).unwrap().imports;
    assert!(imports.iter().all(|item| !item.name.contains("filesystem") && !item.name.contains("environment")));
    Ok(())
}

#[test]
fn where_it_starts_is_what_the_command_line_has() {
    same(Virt::new(), &["app.wasm"]);
    same(Virt::sealed(), &["app.wasm"]);
    same(Virt::open(), &["--allow-all"]);
    same(Virt::new().only(["env"]).only(["fs"]), &["--with", "env,fs"]);
    same(Virt::new().allow(["clocks", "exit"]), &["--allow-clocks", "--allow-exit"]);
    same(Virt::new().exit(true), &["--allow-exit"]);
    same(Virt::open().deny(["random"]), &["--allow-all", "--allow-random=false"]);
    same(Virt::open().exit(false), &["--allow-all", "--allow-exit=false"]);
    same(Virt::new().seal(["a:b/c", "*"]).trap(true), &["--seal", "a:b/c,*", "--deny=trap"]);
}

#[test]
fn names_with_values_are_what_the_command_line_has() {
    same(
        Virt::new().env(|e| e.set("A", "1").set("A", "a,b=c").allow(["B"]).cwd("/x")),
        &["-e", "A=a,b=c", "-e", "B", "--cwd", "/x"],
    );
    same(Virt::new().env(|e| e.args(["app.wasm", "-x"])), &["--arg", "-x", "app.wasm"]);
    same(Virt::new().env(|e| e.host_args().host_cwd()), &["--allow-args", "--allow-cwd"]);
    same(Virt::open().env(|e| e.hide(["A"])), &["--allow-all", "--deny-env", "A"]);
    same(Virt::open().env(|e| e.allow(["A"])), &["--allow-all", "--allow-env=A"]);
    same(Virt::new().env(|e| e.host()), &["--allow-env"]);
    same(Virt::new().config(|c| c.set("a", "1").allow(["b"])), &["-c", "a=1", "-c", "b"]);
    same(Virt::new().config(|c| c.host().hide(["b"])), &["--allow-config", "--deny-config", "b"]);
}

#[test]
fn time_and_chance_are_what_the_command_line_has() {
    same(Virt::new().clocks(|c| c.fixed(new_year())), &["--time=2026-01-01T00:00:00Z"]);
    let step = Duration::from_millis(1);
    same(Virt::new().clocks(|c| c.stepped(new_year(), step)), &["--time=2026-01-01T00:00:00Z+1ms"]);
    let hour = Duration::from_secs(3600);
    same(Virt::new().clocks(|c| c.ahead(hour)), &["--time=now+1h"]);
    same(Virt::new().clocks(|c| c.behind(hour)), &["--time=now-1h"]);
    same(Virt::new().clocks(|c| c.host()), &["--allow-clocks"]);
    same(Virt::open().clocks(|c| c.deny()), &["--allow-all", "--allow-clocks=false"]);
    same(Virt::new().random(|r| r.seed(7)), &["--seed=7"]);
    same(Virt::new().random(|r| r.host()), &["--allow-random"]);
    same(Virt::open().random(|r| r.deny()), &["--allow-all", "--allow-random=false"]);
}

#[test]
fn streams_are_what_the_command_line_has() {
    same(Virt::new().stdio(|s| s.ignore()).stdout(|o| o.host()), &["--stdio=ignore", "--stdout=allow"]);
    same(Virt::open().stdio(|s| s.deny()).stdin(|i| i.host()), &["--allow-all", "--stdio=deny", "--stdin=allow"]);
    same(Virt::new().stdio(|s| s.host()).stdin(|i| i.deny()), &["--stdio=allow", "--stdin=deny"]);
    same(Virt::new().stdin(|i| i.text("yes")).stdout(|o| o.other()), &["--stdin=text:yes", "--stdout=stderr"]);
    same(Virt::new().stdin(|i| i.ignore()).stderr(|o| o.prefix("x")), &["--stdin=ignore", "--stderr=prefix:x"]);
    same(Virt::new().stdout(|o| o.cap(1024)).stderr(|o| o.capture()), &["--stdout=cap:1K", "--stderr=capture"]);
    same(
        Virt::new().stdout(|o| o.file("/log/out")).stderr(|o| o.ignore()),
        &["--stdout=file:/log/out", "--stderr=ignore"],
    );
    let (folder, _) = folder("");
    let file = folder.path().join("site/index.html");
    same(Virt::new().stdin(|i| i.file(&file)), &[&format!("--stdin=file:{}", file.display())]);
    let both = Virt::new().stdout(|o| o.cap(1024).prefix("x"));
    same_as_file(both, "[stdio]\nstdout = { prefix = \"x\", cap = \"1K\" }");
}

#[test]
fn traces_are_what_the_command_line_has() {
    same(Virt::new().trace(|t| t), &["--trace"]);
    same(Virt::open().trace(|t| t.of(["fs", "a:b/c"])), &["--allow-all", "--trace=fs,a:b/c"]);
    same(
        Virt::new().fs(|f| f.tmpfs("/tmp")).trace(|t| t.size(8).file("/tmp/t")),
        &["--tmpfs=/tmp", "--trace", "--trace-size=8", "--trace-file=/tmp/t"],
    );
    same_as_file(Virt::new().trace(|t| t.of(["fs"])).trace(|t| t.all()), "[trace]\ncalls = true");
    let nothing: [&str; 0] = [];
    for virt in [Virt::new().trace(|t| t.of(["a:*"])), Virt::new().trace(|t| t.of(nothing))] {
        assert!(matches!(virt.policy(), Err(Error::Policy { .. })));
    }
}

#[test]
fn requests_are_what_the_command_line_has() {
    let to = Requests::to;
    same(Virt::new().http(|h| h.host()), &["--allow-http"]);
    same(
        Virt::new().http(|h| {
            h.allow(to("Example.com."))
                .allow(Requests::below("example.net").over(Scheme::Https).under("v1"))
                .allow(to("::1").at(8080))
                .allow(to("10.0.0.5").at_any_port())
                .deny(to("bad.example.net"))
        }),
        &["--allow-http=example.com,https://*.example.net/v1,[::1]:8080,10.0.0.5:*", "--deny-http=bad.example.net"],
    );
    let mocks = Virt::new().http(|h| {
        h.mock(to("api.test").by(["get"]), |m| {
            m.path("/v1/*").status(404).header("content-type", "text/plain").text("no")
        })
        .mock(to("b.test"), |m| m.path("users/*?page=1").status(204))
        .mock(Requests::all(), |m| m.path("*"))
    });
    let text = "[[http.mock]]\nurl = \"api.test/v1/*\"\nmethod = \"GET\"\nstatus = 404\nheaders = { content-type = \"text/plain\" }\n\
                body = \"no\"\n[[http.mock]]\nurl = \"b.test/users/*?page=1\"\nstatus = 204\n[[http.mock]]\nurl = \"*\"\n";
    same_as_file(mocks, text);
    let rules = Virt::new().http(|h| {
        h.allow(to("a.com")).audit().rewrite(to("a.com").over(Scheme::Https), |r| {
            r.send_to(Scheme::Http, "localhost", 8080).set("x-a", "1").add("x-b", "2").remove("cookie")
        })
    });
    let text = "[http]\nallow = [\"a.com\"]\naudit = true\n[[http.rewrite]]\nurl = \"https://a.com\"\nto = \"http://localhost:8080\"\n\
                set = { x-a = \"1\" }\nadd = { x-b = \"2\" }\nremove = [\"cookie\"]\n";
    same_as_file(rules, text);
}

#[test]
fn sockets_are_what_the_command_line_has() {
    let peer = IpAddr::from([10, 0, 0, 5]);
    same(Virt::new().sockets(|s| s.host()), &["--allow-sockets"]);
    same(
        Virt::new().sockets(|s| s.loopback().name("db.test", peer)),
        &["--sockets=loopback", "--host", "db.test=10.0.0.5"],
    );
    let any = || Endpoints::from(IpAddr::from(Ipv4Addr::UNSPECIFIED));
    same(
        Virt::new().sockets(|s| {
            s.allow(SocketRule::tcp((peer, 5432)))
                .allow(SocketRule::udp(Endpoints::any().port(53)))
                .allow(SocketRule::listen(any().ports(8000..=8999)))
                .allow(SocketRule::accept(Endpoints::within([10, 0, 0, 0], 8)))
                .allow(SocketRule::dns("A.com"))
                .allow(SocketRule::dns_below("b.com"))
                .deny(SocketRule::tcp(Endpoints::any().port(25)))
        }),
        &[
            "--allow-sockets=tcp:10.0.0.5:5432,udp:*:53,listen:0.0.0.0:8000-8999,accept:10.0.0.0/8:*,dns:a.com,dns:*.b.com",
            "--deny-sockets=tcp:*:25",
        ],
    );
    let audit = "[sockets]\nallow = [\"tcp:10.0.0.5:1\"]\naudit = true\n";
    same_as_file(Virt::new().sockets(|s| s.allow(SocketRule::tcp((peer, 1))).audit()), audit);
}

#[test]
fn files_are_what_the_command_line_has() {
    let (folder, _) = folder("");
    let site = folder.path().join("site");
    let at = |guest: &str, suffix: &str| format!("{guest}={}{suffix}", site.display());
    same(
        Virt::new().fs(|f| {
            f.host()?
                .mount("/", site.as_path())?
                .mount("/rw", Local::at(&site).writable())?
                .tmpfs("/tmp")?
                .tmpfs_of("/small", 4096)?
                .preopen("/a", "/x", Access::ReadOnly)?
                .preopen("/b", "/y", Access::CopyOnWrite)?
                .preopen("/c", "/z", Access::ReadWrite)
        }),
        &[
            "--allow-fs",
            "--mount",
            &at("/", ""),
            "--mount",
            &at("/rw", "::rw"),
            "--tmpfs",
            "/tmp",
            "--tmpfs",
            "/small::4K",
            "--preopen",
            "/a=/x::ro",
            "--preopen",
            "/b=/y::cow",
            "--preopen",
            "/c=/z",
        ],
    );
    let made = Virt::new().fs(|f| {
        f.dir("/etc", |d| {
            d.text("motd", "welcome")?
                .bytes("key", [1, 2])?
                .link("sub/news", "../motd")?
                .empty("none")?
                .host("hosts", "/etc/hosts")?
                .writable()
        })
    });
    let text = "[[fs.mount]]\nguest = \"/etc\"\naccess = \"in-memory\"\nfiles = { motd = { text = \"welcome\" }, key = { bytes = [1, 2] }, \
                \"sub/news\" = { link = \"../motd\" }, none = {}, hosts = { host = \"/etc/hosts\" } }\n";
    same_as_file(made, text);
    let idle = Virt::new().fs(|f| f.mount("/", Local::at(&site).include(["*.html", "*.css"])));
    assert!(idle.notes()[0].contains("`*.css`"), "{:?}", idle.notes());
    let inside = Virt::new().fs(|f| f.dir("/d", |d| d.local("site", &site))?.text("/a/b", "c"));
    inside.policy().unwrap();
}

#[test]
fn what_cannot_be_is_kept_until_it_is_asked_for() {
    for (virt, words) in [
        (Virt::new().only(["envv"]), &["`envv`", "did you mean `env`?"][..]),
        (Virt::new().allow(["x"]), &["`x`"]),
        (Virt::new().seal(["env"]), &["`env`", "a:b/c"]),
        (Virt::new().only(["env"]).random(|r| r.seed(1)), &["`random`", "`only`"]),
        (Virt::new().env(|e| e.set("A=", "1")), &["`A=`", "without `=`"]),
        (Virt::new().config(|c| c.allow([""])), &["``"]),
        (Virt::new().clocks(|c| c.fixed(SystemTime::UNIX_EPOCH - Duration::from_secs(1))), &["before 1970"]),
        (Virt::new().clocks(|c| c.stepped(new_year(), Duration::ZERO)), &["at least `1ns`"]),
        (Virt::new().clocks(|c| c.behind(Duration::from_secs(1 << 40))), &["before 1970"]),
        (Virt::new().clocks(|c| c.ahead(Duration::MAX)), &["more than there is"]),
        (Virt::new().stdin(|i| i.file("no-such-file")), &["`no-such-file`"]),
        (Virt::new().stdout(|o| o.prefix("")), &["`stdout`", "empty"]),
        (Virt::new().stdout(|o| o.file("out")), &["`/out`"]),
        (Virt::new().http(|h| h.allow(Requests::to("a b"))), &["`a b`"]),
        (Virt::new().http(|h| h.allow(Requests::to("*"))), &["`*`", "no name of a host"]),
        (Virt::new().http(|h| h.allow(Requests::to("a.com/x"))), &["`a.com/x`", "no name of a host"]),
        (Virt::new().http(|h| h.allow(Requests::below("*"))), &["`*`", "no name of a host"]),
        (Virt::new().sockets(|s| s.allow(SocketRule::dns("*.com"))), &["`*.com`", "no name of a host"]),
        (Virt::new().http(|h| h.deny(Requests::to("a.com"))), &["kept back"]),
        (Virt::new().http(|h| h.mock(Requests::all(), |m| m.status(99).status(200))), &["`99`"]),
        (Virt::new().http(|h| h.host().rewrite(Requests::to("a.com"), |r| r)), &["changes nothing"]),
        (Virt::new().sockets(|s| s.allow(SocketRule::tcp(Endpoints::within([10, 0, 0, 1], 8)))), &["`10.0.0.0/8`"]),
        (Virt::new().sockets(|s| s.name("1.2.3.4", [1, 2, 3, 4])), &["`1.2.3.4`"]),
        (Virt::new().fs(|f| f.tmpfs("tmp")), &["`/tmp`"]),
        (Virt::new().fs(|f| f.mount("/", "no-such-folder")), &["`no-such-folder`"]),
        (Virt::new().fs(|f| f.dir("/d", |d| d.link("a", "gone"))), &["`gone`"]),
    ] {
        // What follows changes nothing about it.
        let virt = virt.exit(true);
        let Err(Error::Policy(reason)) = virt.compose(b"never looked at") else { panic!("{words:?} is not refused") };
        let said = format!("{:#}", anyhow::Error::from(reason));
        words.iter().for_each(|word| assert!(said.contains(word), "`{word}` is not in: {said}"));
        assert!(Policy::try_from(virt).is_err());
    }
}

#[test]
fn errors_can_be_matched() {
    assert!(matches!(Virt::new().compose(b"hello"), Err(Error::App(_))));
    let error = Virt::new().config(|c| c.set("a", "1")).compose(&guest("rust-hello")).unwrap_err();
    assert_eq!(error.plan(), Some(&PlanError::CannotTakeEffect { subsystem: "config" }));
    assert!(matches!(Virt::open().bundle(), Err(Error::Plan(PlanError::NothingToBundle))));
    let (folder, _) = folder("");
    let there = Virt::new().fs(|f| f.mount("/", folder.path().join("site")));
    fs::remove_file(folder.path().join("site/index.html")).unwrap();
    assert!(matches!(there.compose(&guest("rust-tempfile")), Err(Error::Embedded(_))));
    assert!(matches!(Virt::new().compose_to(&guest("rust-hello"), folder.path()), Err(Error::Output(_))));
}

#[test]
fn threads_can_share_it() {
    fn is_shared<T: Send + Sync + Clone + 'static>() {}
    is_shared::<Virt>();
    is_shared::<Error>();
}

#[test]
fn a_file_has_the_same_bytes_as_memory() -> Result<(), Error> {
    let (folder, _) = folder("");
    let (app, out) = (guest("rust-tempfile"), folder.path().join("out.wasm"));
    let virt = Virt::sealed().fs(|f| f.mount("/", folder.path().join("site")));
    let report = virt.compose_to(&app, &out)?;
    let outcome = virt.compose(&app)?;
    assert_eq!((fs::read(&out).unwrap(), report), (outcome.bytes, outcome.report));
    let policy = Policy::try_from(virt.clone())?;
    assert_eq!(Virt::from(policy).policy()?, virt.policy()?);
    Ok(())
}
