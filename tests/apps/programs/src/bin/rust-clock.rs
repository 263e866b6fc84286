//! Sleeps and prints.

use std::time::{Duration, Instant, SystemTime};

fn main() {
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(50));
    let slept = start.elapsed();
    println!("slept {}", slept >= Duration::from_millis(50) && slept < Duration::from_secs(10));
    println!("later than 2020 {}", SystemTime::now() > SystemTime::UNIX_EPOCH + Duration::from_secs(50 * 365 * 86_400));
}
