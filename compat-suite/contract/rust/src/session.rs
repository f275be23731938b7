//! A session: requests come as JSON lines, and each is answered with one line, in order.

use std::io::{stdin, stdout, BufRead, Write};

use serde_json::{json, Map, Value};

use crate::{Failing, Request};

/// What the session was started with.
pub struct Started {
    pub bootstrap: String,
    pub client_id: String,
    pub security: Map<String, Value>,
}

impl Started {
    /// Read the command line: `session --bootstrap ... [--client-id ...] [--security JSON]`.
    pub fn read() -> Self {
        let words: Vec<String> = std::env::args().collect();
        let after = |name: &str| {
            words
                .iter()
                .position(|word| word == name)
                .and_then(|at| words.get(at + 1))
        };
        let security = after("--security")
            .map(|text| serde_json::from_str(text).expect("--security takes JSON"));
        Self {
            bootstrap: after("--bootstrap").expect("--bootstrap is needed").clone(),
            client_id: after("--client-id")
                .cloned()
                .unwrap_or_else(|| "compat-suite".to_string()),
            security: security.unwrap_or_default(),
        }
    }

    /// What the security says of this, as text.
    pub fn secured(&self, name: &str) -> Option<&str> {
        self.security.get(name).and_then(Value::as_str)
    }
}

/// A client, as the session asks it. What it does not know it refuses with `Refusal::unsupported`.
pub trait Driver {
    /// Answer a verb other than `admin`; null for nothing to say.
    fn verb(&mut self, verb: &str, request: &Request) -> Failing<Value>;

    /// Answer a call of the administrator.
    fn admin(&mut self, call: &str, request: &Request) -> Failing<Value>;
}

fn answer(driver: &mut dyn Driver, request: &Request) -> Failing<Value> {
    match request.text("do")? {
        "admin" => driver.admin(request.text("call")?, request),
        verb => driver.verb(verb, request),
    }
}

/// Serve requests until standard input ends; then drop the driver, which closes everything, and return.
pub fn serve(mut driver: impl Driver) {
    for line in stdin().lock().lines() {
        let line = line.expect("standard input is text");
        if line.trim().is_empty() {
            continue;
        }
        let request = Request(serde_json::from_str(&line).expect("a request is a JSON object"));
        let mut answered = match answer(&mut driver, &request) {
            Ok(Value::Null) => json!({}),
            Ok(answer) => answer,
            Err(refusal) => {
                eprintln!("{refusal:?}");
                refusal.to_value()
            }
        };
        answered["id"] = request.0.get("id").cloned().unwrap_or(Value::Null);
        println!("{answered}");
        stdout().flush().expect("standard output is open");
    }
}
