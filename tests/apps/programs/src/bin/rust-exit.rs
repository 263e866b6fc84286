//! Ends with the exit code that the variable `CODE` names, or by returning.

fn main() {
    println!("before");
    if let Some(code) = std::env::var("CODE").ok().and_then(|code| code.parse().ok()) {
        std::process::exit(code);
    }
}
