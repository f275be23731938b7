//! Sending: the client produces a list of records to one partition, and waits for all replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contract::{item, Failing, Place, Record, Refusal, Request};
use rskafka::chrono::DateTime;
use rskafka::client::partition::Compression;
use rskafka::record::Record as Plain;
use serde_json::{json, Map, Value};

use crate::connection::{Connection, TIMEOUT};

/// Below the server's max.message.bytes: what is more, together, is several batches.
const BATCH_BYTES: usize = 900_000;

type Topics = BTreeMap<String, BTreeSet<i32>>;

pub struct Sender {
    codec: Compression,
    limit: Duration,
    turn: usize,
}

impl Sender {
    pub fn open(settings: &Map<String, Value>) -> Failing<Self> {
        let mut codec = Compression::NoCompression;
        let mut limit = TIMEOUT;
        for (name, value) in settings {
            match (name.as_str(), value.as_str()) {
                ("delivery_timeout_ms", _) => {
                    let limit_ms = value.as_u64().ok_or_else(|| Refusal::invalid(name))?;
                    limit = Duration::from_millis(limit_ms);
                }
                ("acks", Some("all")) | ("linger_ms", _) => {} // a call is a batch, and goes at once
                ("codec", Some("none")) => codec = Compression::NoCompression,
                ("codec", Some("gzip")) => codec = Compression::Gzip,
                ("codec", Some("snappy")) => codec = Compression::Snappy,
                ("codec", Some("lz4")) => codec = Compression::Lz4,
                ("codec", Some("zstd")) => codec = Compression::Zstd,
                _ => return Err(Refusal::unsupported(format!("setting {name} {value}"))),
            }
        }
        Ok(Self {
            codec,
            limit,
            turn: 0,
        })
    }

    pub fn send(&mut self, connection: &mut Connection, request: &Request) -> Failing<Value> {
        let records = request.records()?;
        let mut sent = vec![Value::Null; records.len()];
        let mut known = Topics::new(); // asked for once, not for each record
        let mut batches: Vec<(Place, Vec<usize>)> = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let place = match self.place(connection, &mut known, record) {
                Ok(place) => place,
                Err(refusal) if refusal.name == "UNSUPPORTED" => return Err(refusal),
                Err(refusal) => {
                    sent[index] = refusal.to_value();
                    continue;
                }
            };
            let mut former = batches.iter_mut().rev();
            match former.find(|(other, _)| request.flag("together") && *other == place) {
                Some((_, indexes)) if fits(&records, indexes, record) => indexes.push(index),
                _ => batches.push((place, vec![index])),
            }
        }
        for (place, indexes) in batches {
            let plain = indexes
                .iter()
                .map(|index| plain(&records[*index]))
                .collect::<Failing<Vec<_>>>()?;
            let offsets = connection.produce(&place, plain, self.codec, self.limit);
            for (at, index) in indexes.into_iter().enumerate() {
                let placed =
                    |offsets: &Vec<i64>| json!({"partition": place.1, "offset": offsets[at]});
                sent[index] = item(offsets.as_ref().map(placed).map_err(Clone::clone));
            }
        }
        Ok(json!({"sent": sent}))
    }

    /// It has no partitioner: records without partition go to each in turn.
    fn place(
        &mut self,
        connection: &Connection,
        known: &mut Topics,
        record: &Record,
    ) -> Failing<Place> {
        if let Some(partition) = record.partition {
            return Ok((record.topic.clone(), partition));
        }
        if !known.contains_key(&record.topic) {
            *known = connection.topics()?;
        }
        let partitions = known.get(&record.topic);
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

/// Whether a record has room in a batch of those with these indexes.
fn fits(records: &[Record], indexes: &[usize], record: &Record) -> bool {
    let taken: usize = indexes.iter().map(|index| size(&records[*index])).sum();
    taken + size(record) <= BATCH_BYTES
}

fn size(record: &Record) -> usize {
    record.key.as_ref().map_or(0, Vec::len) + record.value.as_ref().map_or(0, Vec::len)
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
