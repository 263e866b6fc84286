//! A plan as people and programs want to see it. Shows, and decides nothing: all formats are drawn from one picture.
//!
//! - `picture` is what there is to see, and `read` takes it from a plan: `why` says the reasons;
//! - `table` is for people, `json` for programs, `dot` and `mermaid` for what draws graphs;
//! - `svg` draws by itself: `layout` finds the places, `style` has the colors;
//! - `text` is about the lengths of words.

mod dot;
mod json;
mod layout;
mod mermaid;
mod picture;
mod read;
mod style;
mod svg;
mod table;
mod text;
mod why;

pub use picture::{By, Function, Interface, Io, IoOwner, Kind, Node, Picture, Remark, Treated, Wire};

use anyhow::Result;
use clap::ValueEnum;

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Words for people
    Table,
    /// All that there is, for programs
    Json,
    /// A graph for Graphviz
    Dot,
    /// A graph for Mermaid, as Markdown has it in many places
    Mermaid,
    /// A picture
    Svg,
}

impl Format {
    /// Draws a picture of a plan, as text that ends with a line's end. `verbose` is about the table alone: it then has every
    /// function, and what adapters use.
    pub fn draw(self, picture: &Picture, verbose: bool) -> Result<String> {
        match self {
            Self::Table => Ok(table::draw(picture, verbose)),
            Self::Json => json::draw(picture),
            Self::Dot => Ok(dot::draw(picture)),
            Self::Mermaid => Ok(mermaid::draw(picture)),
            Self::Svg => Ok(svg::draw(picture)),
        }
    }
}
