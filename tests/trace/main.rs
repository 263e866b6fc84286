//! Calls that are written down (`--trace`).

mod values;
mod wave;
