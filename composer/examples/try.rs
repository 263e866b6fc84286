use virt_compose::policy::*;
fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let app = std::fs::read(&args[1])?;
    let mut policy = Policy::default();
    policy.allow("stdio");
    policy.allow("env");
    policy.allow("clocks");
    policy.allow("exit");
    policy.allow("random");
    match args[2].as_str() {
        "tmpfs" => policy.fs.mount(&args[4], Source::Empty { limit: None }, Writing::InMemory)?,
        "cow" => policy.fs.mount(&args[4], Source::Host(args[5].clone()), Writing::InMemory)?,
        "ro" => policy.fs.mount(&args[4], Source::Host(args[5].clone()), Writing::ReadOnly)?,
        "rw" => policy.fs.mount(&args[4], Source::Host(args[5].clone()), Writing::Host)?,
        _ => {}
    }
    let out = virt_compose::virtualize(Some(&app), &policy)?;
    eprint!("{}", out.report);
    println!("{} -> {}", app.len(), out.bytes.len());
    std::fs::write(&args[3], out.bytes)?;
    Ok(())
}
