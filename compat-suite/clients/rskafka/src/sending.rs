//! Sending: the client produces a list of records to one partition, and waits for all replicas.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use contract::{item, Failing, Place, Record, Refusal, Request};
use rskafka::chrono::DateTime;
use rskafka::client::partition::Compression;
use rskafka::record::Record as Plain;
use serde_json::{json, Map, Value};

use crate::connection::Connection;

pub struct Sender {
    codec: Compression,
    turn: usize,
}

impl Sender {
    pub fn open(settings: &Map<String, Value>) -> Failing<Self> {
        let mut codec = Compression::NoCompression;
        for (name, value) in settings {
            match (name.as_str(), value.as_str()) {
                ("acks", Some("all")) | ("linger_ms", _) => {} // a call is a batch, and goes at once
                ("codec", Some("none")) => codec = Compression::NoCompression,
                ("codec", Some("gzip")) => codec = Compression::Gzip,
                ("codec", Some("snappy")) => codec = Compression::Snappy,
                ("codec", Some("lz4")) => codec = Compression::Lz4,
                ("codec", Some("zstd")) => codec = Compression::Zstd,
                _ => return Err(Refusal::unsupported(format!("setting {name} {value}"))),
            }
        }
        Ok(Self { codec, turn: 0 })
    }

    pub fn send(&mut self, connection: &Connection, request: &Request) -> Failing<Value> {
        let records = request.records()?;
        let mut sent = vec![Value::Null; records.len()];
        let mut batches: Vec<(Place, Vec<usize>)> = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let place = match self.place(connection, record) {
                Ok(place) => place,
                Err(refusal) if refusal.name == "UNSUPPORTED" => return Err(refusal),
                Err(refusal) => {
                    sent[index] = refusal.to_value();
                    continue;
                }
            };
            match batches
                .iter_mut()
                .find(|(other, _)| request.flag("together") && *other == place)
            {
                Some((_, indexes)) => indexes.push(index),
                None => batches.push((place, vec![index])),
            }
        }
        for (place, indexes) in batches {
            let plain = indexes
                .iter()
                .map(|index| plain(&records[*index]))
                .collect::<Failing<Vec<_>>>()?;
            let offsets = connection.produce(&place, plain, self.codec);
            for (at, index) in indexes.into_iter().enumerate() {
                let placed =
                    |offsets: &Vec<i64>| json!({"partition": place.1, "offset": offsets[at]});
                sent[index] = item(offsets.as_ref().map(placed).map_err(Clone::clone));
            }
        }
        Ok(json!({"sent": sent}))
    }

    /// It has no partitioner: records without partition go to each in turn.
    fn place(&mut self, connection: &Connection, record: &Record) -> Failing<Place> {
        if let Some(partition) = record.partition {
            return Ok((record.topic.clone(), partition));
        }
        let topics = connection.topics()?;
        let partitions = topics.get(&record.topic);
        let unknown = || Refusal::new("UNKNOWN_TOPIC_OR_PARTITION", &record.topic);
        let partitions: Vec<i32> = partitions.ok_or_else(unknown)?.iter().copied().collect();
        if partitions.len() > 1 && record.key.is_some() {
            return Err(Refusal::unsupported("a partition by key"));
        }
        self.turn += 1;
        Ok((
            record.topic.clone(),
            partitions[self.turn % partitions.len()],
        ))
    }
}

fn plain(record: &Record) -> Failing<Plain> {
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_millis() as i64)
    };
    let timestamp = record.timestamp.unwrap_or_else(now);
    Ok(Plain {
        key: record.key.clone(),
        value: record.value.clone(),
        headers: headers(&record.headers)?,
        timestamp: DateTime::from_timestamp_millis(timestamp)
            .ok_or_else(|| Refusal::invalid(timestamp))?,
    })
}

/// Headers are a sorted map: what it would change is refused.
fn headers(pairs: &[(String, Option<Vec<u8>>)]) -> Failing<BTreeMap<String, Vec<u8>>> {
    let mut headers = BTreeMap::new();
    for (name, value) in pairs {
        let value = value
            .clone()
            .ok_or_else(|| Refusal::unsupported("a null header"))?;
        if headers
            .last_key_value()
            .is_some_and(|(last, _)| last >= name)
        {
            return Err(Refusal::unsupported("headers in this order"));
        }
        headers.insert(name.clone(), value);
    }
    Ok(headers)
}
