//! Hand-written graphs build with upstream's own parser and with `build`, and do what their headers say; bundles plug. That every graph
//! of the folder is the same with both is in `composer/tests/graphs.rs`.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use virt_compose::cli::Cli;
use virt_compose::graph::Build;
use virt_compose_tests::host::{Dir, End, Host, run};
use virt_compose_tests::serve::{Answer, Instances, Service, runtime};
use virt_compose_tests::{compose, guests, imports};
use wac_graph::types::{BorrowedPackageKey, Package};
use wac_graph::{CompositionGraph, EncodeOptions, plug};

fn bundle(args: &[&str]) -> Result<Vec<u8>> {
    Ok(virt_compose::virtualize(None, &Cli::policy_of(args)?)?.bytes)
}

fn host() -> Host {
    Host { env: [("SECRET".to_owned(), "x".to_owned())].into(), ..Host::default() }
}

/// What `build` makes of a graph of the folder.
fn build(name: &str, args: &[&str], bundle: &[&'static str], deps: Vec<(&str, Vec<u8>)>) -> Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../graphs/{name}.wac"));
    let text = std::fs::read_to_string(path)?;
    let policy = Cli::policy_of(args)?;
    let mut build = Build::new(&text, name, &policy);
    build.bundle = bundle.iter().copied().collect();
    build.deps = deps.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    Ok(build.component()?.bytes)
}

#[test]
fn graphs_that_build_makes_do_what_their_headers_say() -> Result<()> {
    let hello = || guests::load("rust-hello");
    let own = wat::parse_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/own-env.wat"))?;
    let hides = bundle(&["--with", "env", "--allow-env", "--deny-env=SECRET"])?;
    let set = ["-e", "GREETING=hello"];
    for (composed, start) in [
        (build("env", &set, &[], vec![("my:app", hello()?)])?, "GREETING=hello\narguments "),
        (
            build(
                "chain",
                &["--allow-env", "-e", "GREETING=hello"],
                &[],
                vec![("my:app", hello()?), ("my:hides", hides)],
            )?,
            "GREETING=hello\narguments ",
        ),
        (
            build("own", &[], &[], vec![("my:app", hello()?), ("virt:env", own)])?,
            "GREETING=from an adapter of my own\narguments ",
        ),
    ] {
        let ran = run(&composed, &host())?;
        ensure!(ran.stdout.starts_with(start), "it says: {} {:?}", ran.stdout, ran.end);
    }
    let bundle = ["env", "config", "random", "http", "sockets", "stdio", "fs", "clocks"];
    let ran = run(&build("sealed", &[], &bundle, vec![("my:app", hello()?)])?, &host())?;
    ensure!(ran.stdout.is_empty(), "{ran:?}");
    Ok(())
}

#[test]
fn a_server_in_a_graph_reads_files_of_the_host_and_files_inside() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("page"), "text")?;
    let mount = format!("/site={}", folder.path().display());
    let inside = ["--mount", &mount, "--allow-http", "--allow-clocks", "--stdio=allow"];
    for (args, bundle) in
        [(&["--preopen", "/site=/srv::ro"][..], &["fs"][..]), (&inside[..], &["fs", "http", "clocks", "stdio"])]
    {
        let server = build("site", args, bundle, vec![("my:server", guests::load("rust-server")?)])?;
        runtime().block_on(async {
            let server = Service::new(&server)?.with_folder(folder.path().to_owned()).serve(Instances::Each).await?;
            let answer = server.ask("/file/site/page", "").await?;
            ensure!(answer.status == 200 && answer.text()? == "text", "{args:?}: {answer:?}");
            anyhow::Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn requests_pass_middleware_to_a_server_with_variables_of_its_own() -> Result<()> {
    let middleware = wat::parse_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/middleware.wat"))?;
    let deps = vec![("my:server", guests::load("rust-server")?), ("my:middleware", middleware)];
    let server = build("middleware", &["-e", "GREETING=hello"], &[], deps)?;
    runtime().block_on(async {
        let server = Service::new(&server)?.serve(Instances::Each).await?;
        let answer = server.ask("/echo", "text").await?;
        ensure!(answer.status == 200 && answer.text()? == "text", "{answer:?}");
        ensure!(answer.header("x-greeting") == "hello", "{answer:?}");
        Ok(())
    })
}

#[test]
fn an_app_composes_with_a_bundle_in_wac() -> Result<()> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/bundle.wac"))?;
    let bundle = bundle(&["--with", "env,stdio", "-e", "GREETING=hello", "--stdio=ignore"])?;
    let app = guests::load("rust-hello")?;
    let packages = [("virt:bundle", bundle), ("app:app", app)];
    let packages = packages
        .iter()
        .map(|(name, bytes)| (BorrowedPackageKey::from_name_and_version(name, None), bytes.clone()))
        .collect();
    let composed = wac_parser::Document::parse(&text)?.resolve(packages)?.encode(EncodeOptions::default())?;
    let left = imports(&composed)?;
    ensure!(left == ["wasi:cli/exit@0.2.6", "wasi:random/insecure-seed@0.2.6"], "it imports {left:?}");
    let ran = run(&composed, &host())?;
    ensure!(ran.end == End::Exit(0) && ran.stdout.is_empty(), "{ran:?}");
    Ok(())
}

#[test]
fn what_a_program_writes_is_had_by_the_one_that_contains_it() -> Result<()> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/captured.wac"))?;
    let args = ["--export-captured", "--arg", "print", "--arg", "2", "--arg", "3"];
    let inner = compose(&guests::load("rust-lines")?, &args)?.bytes;
    ensure!(imports(&inner)?.is_empty(), "it imports {:?}", imports(&inner)?);
    let packages = [("my:inner", inner), ("my:outer", guests::load("rust-contains")?)];
    let packages = packages
        .iter()
        .map(|(name, bytes)| (BorrowedPackageKey::from_name_and_version(name, None), bytes.clone()))
        .collect();
    let composed = wac_parser::Document::parse(&text)?.resolve(packages)?.encode(EncodeOptions::default())?;
    let ran = run(&composed, &host())?;
    let expected = "it ended with Ok(())\non standard output: \"aaa\\nbbb\\n\"\n\
                    on standard error: \"after 1\\nafter 2\\n\"\n";
    ensure!(ran.stdout == expected && ran.end == End::Exit(0), "{ran:?}");
    Ok(())
}

/// What the server of `graphs/pong.wac` answers with such a dependency, and the traps, where the host's variable `PONG` is `host`.
fn answer_with(pong: Vec<u8>) -> Result<(Answer, Vec<String>)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphs/pong.wac"))?;
    let packages = [("example:pong", pong), ("my:server", guests::load("rust-hello-server")?)];
    let packages = packages
        .iter()
        .map(|(name, bytes)| (BorrowedPackageKey::from_name_and_version(name, None), bytes.clone()))
        .collect();
    let composed = wac_parser::Document::parse(&text)?.resolve(packages)?.encode(EncodeOptions::default())?;
    runtime().block_on(async {
        let server = Service::new(&composed)?.with_variable("PONG", "host").serve(Instances::Each).await?;
        Ok((server.ask("/", "").await?, server.handled(1).await?.traps))
    })
}

#[test]
fn a_dependency_is_sandboxed_inside_a_server() -> Result<()> {
    let pong = guests::load("rust-pong")?;
    for (args, left, word) in [
        (&["-e", "PONG=demo", "--allow-random"][..], &["wasi:random/random@0.2.6"][..], "demo"),
        (&["-e", "PONG=demo", "--seed=1"], &[], "demo"),
        // The host's is no default, either.
        (&["--allow-random"], &["wasi:random/random@0.2.6"], ""),
        (&["-e", "PONG", "--seed=1"], &["wasi:cli/environment@0.2.6"], "host"),
    ] {
        let sandboxed = compose(&pong, args)?.bytes;
        let imports = imports(&sandboxed)?;
        ensure!(imports == left, "with {args:?} it imports {imports:?}");
        let (answer, traps) = answer_with(sandboxed)?;
        ensure!(
            traps.is_empty() && answer.text()? == format!("Hello World! I got pong {word}"),
            "{args:?}: {answer:?}"
        );
        // The server around it has what it had.
        ensure!(answer.header("x-pong") == "host", "{args:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_dependency_without_its_random_bytes_takes_the_request_down() -> Result<()> {
    let sealed = compose(&guests::load("rust-pong")?, &["-e", "PONG=demo"])?.bytes;
    ensure!(imports(&sealed)?.is_empty(), "it imports {:?}", imports(&sealed)?);
    let (answer, traps) = answer_with(sealed)?;
    ensure!(answer.status == 500 && traps.len() == 1, "{answer:?} {traps:?}");
    ensure!(traps[0].contains("denied: wasi:random/random"), "{traps:?}");
    Ok(())
}

#[test]
fn bundles_of_chance_and_shifted_clocks_plug() -> Result<()> {
    let bundles = [
        bundle(&["--with", "random", "--seed=42"])?,
        bundle(&["--with", "clocks", "--time=now-30d"])?,
        bundle(&["--with", "config", "-c", "A=1"])?,
    ];
    let mut app = guests::load("rust-chance")?;
    for (at, bundle) in bundles.into_iter().enumerate() {
        if at == 2 {
            app = guests::load("rust-config")?;
        }
        let mut graph = CompositionGraph::new();
        let bundle = Package::from_bytes("virt:bundle", None, bundle, graph.types_mut())?;
        let bundle = graph.register_package(bundle)?;
        let package = Package::from_bytes("app:app", None, app, graph.types_mut())?;
        let package = graph.register_package(package)?;
        plug(&mut graph, vec![bundle], package)?;
        app = graph.encode(EncodeOptions::default())?;
        let ran = run(&app, &host())?;
        let words = if at == 2 { "get \"A\" Ok(Some(\"1\"))" } else { "bytes 1f76e526510ae36a625c8b5c597febb4" };
        ensure!(ran.end == End::Exit(0) && ran.stdout.contains(words), "{ran:?}");
    }
    Ok(())
}

#[test]
fn a_bundle_without_io_plugs() -> Result<()> {
    let mut graph = CompositionGraph::new();
    let bundle = bundle(&["--with", "env", "-e", "GREETING=hello", "--arg", "one"])?;
    let bundle = Package::from_bytes("virt:bundle", None, bundle, graph.types_mut())?;
    let bundle = graph.register_package(bundle)?;
    let app = Package::from_bytes("app:app", None, guests::load("rust-hello")?, graph.types_mut())?;
    let app = graph.register_package(app)?;
    plug(&mut graph, vec![bundle], app)?;
    let ran = run(&graph.encode(EncodeOptions::default())?, &host())?;
    ensure!(ran.stdout.starts_with("GREETING=hello\narguments [\"app\", \"one\"]\n"), "it says: {}", ran.stdout);
    Ok(())
}

#[test]
fn a_bundle_of_the_hosts_files_plugs() -> Result<()> {
    let mut graph = CompositionGraph::new();
    let bundle = bundle(&["--with", "fs", "--preopen", "/data=/host::ro"])?;
    let bundle = Package::from_bytes("virt:bundle", None, bundle, graph.types_mut())?;
    let bundle = graph.register_package(bundle)?;
    let app = Package::from_bytes("app:app", None, guests::load("rust-shell")?, graph.types_mut())?;
    let app = graph.register_package(app)?;
    plug(&mut graph, vec![bundle], app)?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("file"), "text")?;
    let dirs = vec![Dir { guest: "/host".to_owned(), path: folder.path().to_owned(), read_only: false }];
    let args = ["read /data/file", "write /data/file x"].map(str::to_owned).to_vec();
    let ran = run(&graph.encode(EncodeOptions::default())?, &Host { args, dirs, ..Host::default() })?;
    ensure!(ran.stdout == "read /data/file: \"text\"\nwrite /data/file x: error: read-only\n", "{ran:?}");
    Ok(())
}

#[test]
fn every_way_to_say_files_gives_a_bundle() -> Result<()> {
    for args in [
        &["--with", "fs"][..],
        &["--with", "fs,stdio"],
        &["--with", "env,fs", "--allow-fs"],
        &["--with", "fs", "--tmpfs", "/tmp"],
        &["--with", "fs", "--tmpfs", "/tmp", "--preopen", "/data=/host", "--allow-fs"],
        &["--with", "fs,stdio", "--stdio=ignore", "--preopen", "/data=/host::ro"],
    ] {
        bundle(args).with_context(|| args.join(" "))?;
    }
    Ok(())
}
