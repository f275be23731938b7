//! Errors with the names that the contract gives them.

use serde_json::{json, Value};

use crate::errors::name_of;

/// An error, by its name, and what the client said.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub name: String,
    pub message: String,
}

/// What a verb, or a part of it, comes to.
pub type Failing<T> = Result<T, Refusal>;

impl Refusal {
    pub fn new(name: &str, message: impl ToString) -> Self {
        Self {
            name: name.to_string(),
            message: message.to_string(),
        }
    }

    /// The client, or the driver, has no such thing.
    pub fn unsupported(what: impl ToString) -> Self {
        Self::new("UNSUPPORTED", what)
    }

    /// Refused before anything was sent.
    pub fn invalid(what: impl ToString) -> Self {
        Self::new("INVALID_ARGUMENT", what)
    }

    pub fn other(what: impl ToString) -> Self {
        Self::new("OTHER", what)
    }

    /// An error of the server's, by its code.
    pub fn of_code(code: i32, message: impl ToString) -> Self {
        Self::new(name_of(code).unwrap_or("OTHER"), message)
    }

    pub fn to_value(&self) -> Value {
        json!({"error": self.name, "message": self.message})
    }
}

/// What stands for an item: its value, or its error.
pub fn item(result: Failing<Value>) -> Value {
    result.unwrap_or_else(|refusal| refusal.to_value())
}
