//! rskafka in a session of the contract: it produces to, fetches from and looks up single partitions.

mod connection;
mod sending;

use std::collections::BTreeMap;

use contract::{item, serve, Driver, Failing, Place, Reader, Refusal, Request, Started};
use rskafka::chrono::DateTime;
use rskafka::client::partition::OffsetAt;
use serde_json::{json, Map, Value};

use crate::connection::Connection;
use crate::sending::Sender;

const TIMEOUT_MS: i32 = 10_000;

struct Session {
    connection: Connection,
    senders: BTreeMap<String, Sender>,
    readers: BTreeMap<String, Reader>,
}

impl Session {
    fn reader(&mut self, request: &Request) -> Failing<(&mut Connection, &mut Reader)> {
        let (name, settings) = request.handle("consumer");
        if !self.readers.contains_key(&name) {
            self.readers.insert(name.clone(), Reader::open(&settings)?);
        }
        Ok((
            &mut self.connection,
            self.readers.get_mut(&name).expect("it is open"),
        ))
    }

    fn send(&mut self, request: &Request) -> Failing<Value> {
        let (name, settings) = request.handle("producer");
        if !self.senders.contains_key(&name) {
            self.senders.insert(name.clone(), Sender::open(&settings)?);
        }
        let sender = self.senders.get_mut(&name).expect("it is open");
        sender.send(&mut self.connection, request)
    }

    fn close(&mut self, request: &Request) -> Failing<Value> {
        let name = request.text("handle")?;
        let closed = self.senders.remove(name).is_some() || self.readers.remove(name).is_some();
        closed
            .then_some(Value::Null)
            .ok_or_else(|| Refusal::invalid(format!("no handle {name} is open")))
    }

    fn offsets(&self, request: &Request) -> Failing<Value> {
        let at = request.get("at").ok_or_else(|| Refusal::invalid("no at"))?;
        let asked = match (at.as_str(), at.as_i64()) {
            (Some("earliest"), _) => OffsetAt::Earliest,
            (Some("latest"), _) => OffsetAt::Latest,
            (_, Some(time)) => OffsetAt::Timestamp(
                DateTime::from_timestamp_millis(time).ok_or_else(|| Refusal::invalid(time))?,
            ),
            _ => return Err(Refusal::unsupported(format!("offsets at {at}"))),
        };
        if request.get("isolation").is_some() {
            return Err(Refusal::unsupported("isolation of offsets"));
        }
        let find = |place: &Place| -> Failing<Value> {
            let found = self.connection.offset(place, asked)?;
            Ok(if found < 0 { Value::Null } else { json!(found) })
        };
        let places = request.places("partitions")?;
        let rows = places
            .iter()
            .map(|place| json!([place.0, place.1, item(find(place))]));
        Ok(json!({"offsets": rows.collect::<Vec<_>>()}))
    }

    fn create_topics(&self, request: &Request) -> Failing<Value> {
        let mut results = Map::new();
        if request.flag("validate_only") {
            return Err(Refusal::unsupported("validate_only"));
        }
        for topic in request.list("topics")? {
            let configured = topic["configs"]
                .as_object()
                .is_some_and(|configs| !configs.is_empty());
            if configured || !topic["assignments"].is_null() {
                return Err(Refusal::unsupported("configs or assignments of new topics"));
            }
            let name = topic["name"]
                .as_str()
                .ok_or_else(|| Refusal::invalid("a topic without name"))?;
            let number = |key: &str| {
                topic[key]
                    .as_i64()
                    .and_then(|each| i32::try_from(each).ok())
                    .unwrap_or(-1)
            };
            let replicas = i16::try_from(number("replicas")).map_err(Refusal::invalid)?;
            let created =
                self.connection
                    .create_topic(name, number("partitions"), replicas, TIMEOUT_MS);
            results.insert(name.to_string(), item(created.map(|()| Value::Null)));
        }
        Ok(json!({"results": results}))
    }

    fn delete_topics(&self, request: &Request) -> Failing<Value> {
        let delete = |name: String| {
            let deleted = self.connection.delete_topic(&name, TIMEOUT_MS);
            (name, item(deleted.map(|()| Value::Null)))
        };
        let results: Map<String, Value> =
            request.texts("topics")?.into_iter().map(delete).collect();
        Ok(json!({"results": results}))
    }

    /// It leaves internal topics out, and cannot be asked for them.
    fn list_topics(&self, request: &Request) -> Failing<Value> {
        if request.flag("internal") {
            return Err(Refusal::unsupported("internal topics"));
        }
        let topics = self.connection.topics()?;
        Ok(json!({"topics": topics.keys().collect::<Vec<_>>()}))
    }

    fn delete_records(&self, request: &Request) -> Failing<Value> {
        let delete = |place: &Place, offset: i64| -> Failing<Value> {
            self.connection.delete_records(place, offset, TIMEOUT_MS)?;
            // It does not tell the low watermark.
            Ok(json!(self.connection.offset(place, OffsetAt::Earliest)?))
        };
        let offsets = request.offsets("offsets")?;
        let rows = offsets
            .iter()
            .map(|(place, offset)| json!([place.0, place.1, item(delete(place, *offset))]));
        Ok(json!({"partitions": rows.collect::<Vec<_>>()}))
    }
}

impl Driver for Session {
    fn verb(&mut self, verb: &str, request: &Request) -> Failing<Value> {
        match verb {
            "hello" => Ok(json!({"client": "rskafka", "version": "0.6.0"})),
            "reset" => {
                self.senders.clear();
                self.readers.clear();
                self.connection.forget();
                Ok(Value::Null)
            }
            "close" => self.close(request),
            "send" => self.send(request),
            "assign" => {
                let places = request.places("partitions")?;
                let (connection, reader) = self.reader(request)?;
                reader.assign(connection, places)
            }
            "poll" => {
                let timeout_ms = request
                    .number("timeout_ms")
                    .and_then(|each| u64::try_from(each).ok())
                    .unwrap_or(0);
                let count = request
                    .number("count")
                    .and_then(|each| usize::try_from(each).ok());
                let (connection, reader) = self.reader(request)?;
                reader.poll(connection, timeout_ms, count)
            }
            "assignment" => Ok(json!({"partitions": self.reader(request)?.1.assignment()})),
            "seek" => self.reader(request)?.1.seek(request.offsets("offsets")?),
            "position" => self
                .reader(request)?
                .1
                .position(&request.places("partitions")?),
            "offsets" => self.offsets(request),
            _ => Err(Refusal::unsupported(verb)),
        }
    }

    fn admin(&mut self, call: &str, request: &Request) -> Failing<Value> {
        match call {
            "create-topics" => self.create_topics(request),
            "delete-topics" => self.delete_topics(request),
            "list-topics" => self.list_topics(request),
            "delete-records" => self.delete_records(request),
            "list-offsets" => self.offsets(request),
            _ => Err(Refusal::unsupported(call)),
        }
    }
}

fn main() {
    let connection = Connection::new(Started::read());
    serve(Session {
        connection,
        senders: BTreeMap::new(),
        readers: BTreeMap::new(),
    });
}
