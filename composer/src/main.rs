use virt_compose::{adapters, component::*, compose::compose, plan::*, policy::*};
fn main() -> anyhow::Result<()> {
    let a: Vec<String> = std::env::args().collect();
    let bytes = std::fs::read(&a[1])?;
    let t = std::time::Instant::now();
    let app = Component::of(&bytes)?;
    let ads = adapters::load()?;
    let ads: Adapters = ads.iter().map(|(n, c)| (*n, c)).collect();
    let mut policy = Policy::default();
    for x in &a[3..] {
        match x.as_str() {
            "ignore" => policy.stdio = Stdio::all(Stream::Ignore),
            "stdio" => policy.stdio = Stdio::all(Stream::Allow),
            "env" => {
                policy.env.set("A", "1");
            }
            "only" => policy.scope = Scope::Only(["env", "stdio"].into()),
            o => policy.allow(virt_compose::catalog::subsystem(o).unwrap().name),
        }
    }
    let p = plan(Some(&app), &policy, &ads)?;
    eprintln!(
        "{:?} {:?}\n{:?} {:?}",
        p.io,
        p.parts,
        p.notes,
        p.sources
            .iter()
            .zip(&p.wants)
            .map(|(s, w)| (
                &w.item.name,
                match s {
                    Source::Interposed(_) => "interposed".to_string(),
                    s => format!("{s:?}"),
                }
            ))
            .collect::<Vec<_>>()
    );
    let out = compose(&p, Some(bytes))?;
    eprintln!("{:?}", t.elapsed());
    std::fs::write(&a[2], out)?;
    Ok(())
}
