//! rdkafka, Rust's binding of librdkafka, in a session of the contract.

mod admin;
mod connection;
mod consumer;
mod groups;
mod producer;

use std::collections::BTreeMap;

use contract::{serve, Driver, Failing, Refusal, Request, Started};
use serde_json::{json, Value};

use crate::admin::Admin;
use crate::connection::{configuration, refusal, Context};
use crate::consumer::Consumer;
use crate::producer::Producer;

struct Session {
    started: Started,
    producers: BTreeMap<String, Producer>,
    consumers: BTreeMap<String, Consumer>,
    admin: Option<Admin>,
}

impl Session {
    fn producer(&mut self, request: &Request) -> Failing<&mut Producer> {
        let (name, settings) = request.handle("producer");
        if !self.producers.contains_key(&name) {
            self.producers
                .insert(name.clone(), Producer::open(&self.started, &settings)?);
        }
        Ok(self.producers.get_mut(&name).expect("it is open"))
    }

    fn consumer(&mut self, request: &Request) -> Failing<&mut Consumer> {
        let (name, settings) = request.handle("consumer");
        if !self.consumers.contains_key(&name) {
            self.consumers
                .insert(name.clone(), Consumer::open(&self.started, &settings)?);
        }
        Ok(self.consumers.get_mut(&name).expect("it is open"))
    }

    fn administrator(&mut self) -> Failing<&Admin> {
        if self.admin.is_none() {
            let context = Context::new(&self.started);
            self.admin = Some(
                configuration(&self.started)
                    .create_with_context(context)
                    .map_err(refusal)?,
            );
        }
        Ok(self.admin.as_ref().expect("it is open"))
    }

    fn close(&mut self, request: &Request) -> Failing<()> {
        if request.get("how").is_some_and(|how| how == "abandon") {
            return Err(Refusal::unsupported("to leave without a word"));
        }
        let name = request.text("handle")?;
        let closed = self.producers.remove(name).is_some()
            || self.consumers.remove(name).is_some()
            || (name == "admin" && self.admin.take().is_some());
        closed
            .then_some(())
            .ok_or_else(|| Refusal::invalid(format!("no handle {name} is open")))
    }

    fn send_offsets(&mut self, request: &Request) -> Failing<()> {
        if request.get("consumer").is_none() {
            return Err(Refusal::unsupported("offsets without a consumer"));
        }
        let reader = self.consumer(request)?;
        let (offsets, group) = (reader.offsets_of(request)?, reader.group_metadata()?);
        self.producer(request)?.send_offsets(&offsets, &group)
    }
}

impl Driver for Session {
    fn verb(&mut self, verb: &str, request: &Request) -> Failing<Value> {
        let done = |result: Failing<()>| result.map(|()| Value::Null);
        match verb {
            "hello" => {
                let (_, library) = rdkafka::util::get_rdkafka_version();
                Ok(
                    json!({"client": "rdkafka", "version": format!("0.39.0 on librdkafka {library}")}),
                )
            }
            "reset" => {
                self.producers.clear();
                self.consumers.clear();
                self.admin = None;
                Ok(Value::Null)
            }
            "close" => done(self.close(request)),
            "send" => self.producer(request)?.send(request),
            "init" => done(self.producer(request)?.init()),
            "begin" => done(self.producer(request)?.begin()),
            "commit" => done(self.producer(request)?.commit()),
            "abort" => done(self.producer(request)?.abort()),
            "send-offsets" => done(self.send_offsets(request)),
            "subscribe" => done(self.consumer(request)?.subscribe(request)),
            "unsubscribe" => done(self.consumer(request)?.unsubscribe()),
            "assign" => done(
                self.consumer(request)?
                    .assign(request.places("partitions")?),
            ),
            "poll" => {
                let timeout_ms = request
                    .number("timeout_ms")
                    .and_then(|each| u64::try_from(each).ok())
                    .unwrap_or(0);
                let count = request
                    .number("count")
                    .and_then(|each| usize::try_from(each).ok());
                self.consumer(request)?.poll(timeout_ms, count)
            }
            "assignment" => Ok(json!({"partitions": self.consumer(request)?.assignment()?})),
            "seek" => done(self.consumer(request)?.seek(&request.offsets("offsets")?)),
            "pause" => done(
                self.consumer(request)?
                    .pause(&request.places("partitions")?, true),
            ),
            "resume" => done(
                self.consumer(request)?
                    .pause(&request.places("partitions")?, false),
            ),
            "position" => self
                .consumer(request)?
                .position(&request.places("partitions")?),
            "commit-offsets" => done(self.consumer(request)?.commit(request)),
            "committed" => self
                .consumer(request)?
                .committed(&request.places("partitions")?),
            "offsets" => admin::offsets(self.consumer(request)?, request),
            "metadata" => admin::metadata(self.administrator()?, request),
            _ => Err(Refusal::unsupported(verb)),
        }
    }

    fn admin(&mut self, call: &str, request: &Request) -> Failing<Value> {
        admin::call(self.administrator()?, call, request)
    }
}

fn main() {
    let started = Started::read();
    serve(Session {
        started,
        producers: BTreeMap::new(),
        consumers: BTreeMap::new(),
        admin: None,
    });
}
