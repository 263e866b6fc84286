//! Guests whose HTTP code nobody here wrote answer, and ask, in every way alike.

use crate::ways::{UNVIRTUALIZED, WAYS, alike, alike_in, few};
use anyhow::{Context, Result, ensure};
use hyper::Request;
use std::collections::BTreeMap;
use virt_compose_tests::compose;
use virt_compose_tests::guests;
use virt_compose_tests::host::{End, Host, Program};
use virt_compose_tests::serve::{Answer, GREETING, Instances, Server, Service, runtime};
use virt_compose_tests::upstream::{BROKEN, Upstream, with_trailer};

/// What a server says to whoever asks, and hands on from others.
async fn said(server: &Server, upstream: &Upstream) -> Result<BTreeMap<String, Answer>> {
    let mut said = BTreeMap::new();
    let mut asked = async |path: &str, body: Vec<u8>| {
        let mut answer = server.ask(path, body).await.with_context(|| path.to_owned())?;
        // Of the one that serves.
        answer.headers.remove("date");
        said.insert(path.to_owned(), answer);
        anyhow::Ok(())
    };
    asked("/hello", Vec::new()).await?;
    asked("/echo", content(100_000)).await?;
    asked("/count", content(100_000)).await?;
    asked("/data?100000", Vec::new()).await?;
    asked("/slow", Vec::new()).await?;
    asked("/none", Vec::new()).await?;
    asked("/file?/none", Vec::new()).await?;
    for path in ["/hello", "/echo", "/count", "/slow", "/slow-body", "/none"] {
        asked(&format!("/fetch?{}", upstream.url(path)), content(10_000)).await?;
    }
    Ok(said)
}

/// Bytes that say where they are.
fn content(len: u32) -> Vec<u8> {
    (0..len).map(|at| (at / 7) as u8).collect()
}

fn server(guest: &'static str) -> Result<()> {
    if !guests::is_at_hand(guest) {
        println!("skipped: there is no `{guest}`, which is not committed; see tests/guests/build.sh");
        return Ok(());
    }
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let act = async |server: &Server| said(server, &upstream).await;
        // Engines of ten megabytes and more take long to compile.
        let said = match guest {
            "rust-wstd-server" => alike(guest, Instances::Each, act).await?,
            _ => alike_in(few(), guest, Instances::Each, act).await?,
        };
        let far = |path: &str| &said[&format!("/fetch?{}", upstream.url(path))];
        let hello = &said["/hello"];
        ensure!(hello.text()? == "hello" && hello.header("x-greeting") == GREETING, "{hello:?}");
        ensure!(said["/echo"].body == content(100_000), "{:?}", said["/echo"]);
        ensure!(said["/count"].text()? == "100000", "{:?}", said["/count"]);
        ensure!(said["/data?100000"].text()?.len() == 100_000, "{:?}", said["/data?100000"]);
        ensure!(said["/slow"].text()? == "part 0\npart 1\npart 2\n", "{:?}", said["/slow"]);
        ensure!(said["/none"].status == 404, "{:?}", said["/none"]);
        ensure!(far("/hello").text()? == "hello from afar", "{:?}", far("/hello"));
        ensure!(far("/hello").header("x-upstream") == "/hello", "{:?}", far("/hello"));
        ensure!(far("/echo").body == content(10_000), "{:?}", far("/echo"));
        ensure!(far("/count").text()? == "10000", "{:?}", far("/count"));
        ensure!(far("/slow").text()? == "slow", "{:?}", far("/slow"));
        ensure!(far("/slow-body").text()? == "first, second", "{:?}", far("/slow-body"));
        ensure!(far("/none").status == 404, "{:?}", far("/none"));
        Ok(())
    })
}

#[test]
fn a_server_on_wstd_answers_in_every_way_alike() -> Result<()> {
    server("rust-wstd-server")
}

#[test]
fn a_server_in_javascript_answers_in_every_way_alike() -> Result<()> {
    server("js-server")
}

#[test]
fn a_server_in_python_answers_in_every_way_alike() -> Result<()> {
    server("python-server")
}

#[test]
fn a_proxy_hands_on_whatever_breaks_in_every_way_alike() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let broken = alike("rust-wstd-server", Instances::Each, async |server| {
            let mut broken = Vec::new();
            for (path, _) in BROKEN {
                // A body that breaks at once takes the head along, if that has not gone yet.
                broken.push(match server.ask(&format!("/fetch?{}", upstream.url(path)), "").await {
                    Ok(answer) if answer.broken.is_none() => {
                        format!("{path}: {} {}", answer.status, String::from_utf8(answer.body.to_vec())?)
                    }
                    _ => format!("{path}: broken"),
                });
            }
            Ok(broken)
        });
        let broken = broken.await?;
        let expected = [
            "/nothing: 502 Bad Gateway ErrorCode::",
            "/no-http: 502 Bad Gateway ErrorCode::",
            "/half-a-head: 502 Bad Gateway ErrorCode::",
            "/bad-status: 502 Bad Gateway ErrorCode::",
            "/bad-header: 502 Bad Gateway ErrorCode::",
            "/bad-length: 502 Bad Gateway ErrorCode::",
            "/less-than-its-length: broken",
            "/bad-chunk: broken",
            "/no-last-chunk: broken",
            "/bad-trailer: broken",
        ];
        for (found, expected) in broken.iter().zip(expected) {
            ensure!(found.starts_with(expected), "{broken:#?}");
        }
        ensure!(broken.len() == expected.len(), "{broken:#?}");
        Ok(())
    })
}

#[test]
fn trailers_go_both_ways() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let paths = ["/echo".to_owned(), format!("/fetch?{}", upstream.url("/echo"))];
        let trailers = alike("rust-wstd-server", Instances::Each, async |server| {
            let mut trailers = Vec::new();
            for path in &paths {
                let request = Request::post(path).header("te", "trailers").header("trailer", "x-sum");
                trailers.push(server.send(request, with_trailer("body", "x-sum", "42")).await?.end().await?.trailers);
            }
            Ok(trailers)
        });
        for trailers in trailers.await? {
            ensure!(trailers.get("x-sum").is_some_and(|value| value == "42"), "{trailers:?}");
        }
        Ok(())
    })
}

/// A command asks; what it prints is the answer.
#[test]
fn a_client_on_wstd_is_answered_in_every_way_alike() -> Result<()> {
    let upstream = runtime().block_on(Upstream::start())?;
    let requests = [
        ("GET", "/hello", "", "status 200\nheader x-upstream: /hello\nbody hello from afar\n"),
        ("POST", "/echo", "some words", "status 200\nheader x-upstream: /echo\nbody some words\n"),
        ("PUT", "/echo", "@100000", "status 200\nheader x-upstream: /echo\nbody of 100000 bytes\n"),
        ("PUT", "/echo", "</none", "failed: "),
        ("GET", "/none", "", "status 404\nheader x-upstream: /none\nbody \n"),
        ("GET", "/nothing", "", "error "),
        ("GET", "/no-http", "", "error "),
        ("GET", "/less-than-its-length", "", "status 200\nfailed: "),
    ];
    let mut bare = Vec::new();
    for way in std::iter::once(&UNVIRTUALIZED).chain(WAYS) {
        let program = Program::new(&way.command("rust-fetch")?)?;
        for (number, (method, path, body, expected)) in requests.iter().enumerate() {
            let args = [method.to_string(), upstream.url(path), body.to_string()].to_vec();
            let ran = program.run(&Host { args, network: true, ..Host::default() })?;
            ensure!(ran.end == End::Exit(0) && ran.stdout.starts_with(expected), "{}, {path}: {ran:?}", way.name);
            match bare.get(number) {
                None => bare.push(ran.stdout),
                Some(bare) => {
                    ensure!(*bare == ran.stdout, "{path} unvirtualized: {bare}\n{}: {}", way.name, ran.stdout)
                }
            }
        }
    }
    Ok(())
}

/// Sealed, or under rules that have no such place, a server answers, and what it asks for elsewhere is denied before anybody
/// hears of it.
#[test]
fn what_a_server_may_not_ask_for_is_denied() -> Result<()> {
    let sealed = ["--time=2026-01-01T00:00:00Z", "--stderr=ignore", "--stdout=ignore"].as_slice();
    let ruled = ["--with", "http", "--allow-http=example.com,localhost"].as_slice();
    let ruled_inside = ["--with", "http,stdio", "--stdout=ignore", "--allow-http", "--deny-http=127.0.0.1"].as_slice();
    for args in [sealed, ruled, ruled_inside] {
        let composed = compose(&guests::load("rust-wstd-server")?, args)?.bytes;
        runtime().block_on(async {
            let upstream = Upstream::start().await?;
            let server = Service::new(&composed)?.serve(Instances::Each).await?;
            ensure!(server.ask("/hello", "").await?.text()? == "hello", "it does not answer");
            let answer = server.ask(&format!("/fetch?{}", upstream.url("/note")), "secret").await?;
            let text = String::from_utf8_lossy(&answer.body);
            ensure!(text.contains("HttpRequestDenied"), "with {args:?}: {} {text}", answer.status);
            ensure!(upstream.noted(0).await?.is_empty(), "the host sent it");
            anyhow::Ok(())
        })?;
    }
    Ok(())
}
