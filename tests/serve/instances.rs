//! Requests one after the other on one instance, and one instance for each.

use crate::ways::few;
use anyhow::{Result, ensure};
use virt_compose_tests::serve::{Instances, runtime};
use virt_compose_tests::upstream::Upstream;

const REQUESTS: usize = 1000;

/// Each on a connection of its own, a tenth of them to others.
#[test]
fn a_thousand_requests_leave_nothing_behind_on_one_instance() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        for way in few() {
            let server = way.serve("rust-wstd-server", Instances::One).await?;
            let mut early = None;
            for number in 1..=REQUESTS {
                let body = number.to_string();
                let (path, expected) = match number % 10 {
                    0 => (format!("/fetch?{}", upstream.url("/echo")), body.clone()),
                    1..5 => ("/echo".to_owned(), body.clone()),
                    _ => ("/count".to_owned(), body.len().to_string()),
                };
                let answer = server.ask(&path, body).await?;
                ensure!(answer.text()? == expected, "{}: {answer:?}", way.name);
                if number == REQUESTS / 10 {
                    early = Some(server.handled(number).await?);
                }
            }
            let (early, late) = (early.expect("there are more"), server.handled(REQUESTS).await?);
            ensure!(late.count == REQUESTS && late.traps.is_empty(), "{}: {late:?}", way.name);
            ensure!(
                early.resources == late.resources && early.memory == late.memory,
                "{}: {early:?}, later {late:?}",
                way.name
            );
        }
        Ok(())
    })
}

/// Ten at once.
#[test]
fn a_thousand_requests_have_an_instance_each() -> Result<()> {
    runtime().block_on(async {
        for way in few() {
            let server = std::sync::Arc::new(way.serve("rust-wstd-server", Instances::Each).await?);
            let mut asking = tokio::task::JoinSet::new();
            for first in 0..10 {
                let server = server.clone();
                asking.spawn(async move {
                    for number in (first..REQUESTS).step_by(10) {
                        let answer = server.ask("/echo", number.to_string()).await?;
                        ensure!(answer.text()? == number.to_string(), "{answer:?}");
                    }
                    Ok(())
                });
            }
            while let Some(asked) = asking.join_next().await {
                asked??;
            }
            let handled = server.handled(REQUESTS).await?;
            ensure!(handled.count == REQUESTS && handled.traps.is_empty(), "{}: {handled:?}", way.name);
        }
        Ok(())
    })
}
