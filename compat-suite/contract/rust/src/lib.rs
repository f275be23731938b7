//! The contract of the suite's client programs, for those written in Rust: see compat-suite/CONTRACT.md.

pub mod errors;
mod reader;
mod records;
mod refusal;
mod request;
mod session;

pub use reader::{Fetching, Limits, Reader};
pub use records::{received, Received, Record};
pub use refusal::{item, Failing, Refusal};
pub use request::{Place, Request};
pub use session::{serve, Driver, Started};
