//! Calls that are written down (`--trace`).

mod host;
mod programs;
mod tokens;
mod values;
mod wave;
