//! rdkafka's consumer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use contract::{received, Failing, Place, Received, Refusal, Request, Started};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message, Timestamp};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{json, Map, Value};

use crate::connection::{configuration, refusal, text_of, Context, TIMEOUT};

const TICK: Duration = Duration::from_millis(50);
const MAX_POLLED: usize = 500;

pub struct Consumer {
    pub plain: BaseConsumer<Context>,
    has_group: bool,
    reset: Offset,
    assigned: Vec<Place>,
    polled: BTreeMap<Place, i64>,
}

/// The setting of the library for one of the contract's.
fn setting(name: &str, consumer_protocol: bool) -> Failing<&'static str> {
    Ok(match name {
        "group" => "group.id",
        "instance" => "group.instance.id",
        "reset" => "auto.offset.reset",
        "isolation" => "isolation.level",
        "protocol" => "group.protocol",
        "assignor" if consumer_protocol => "group.remote.assignor",
        "assignor" => "partition.assignment.strategy",
        "session_timeout_ms" => "session.timeout.ms",
        "heartbeat_ms" => "heartbeat.interval.ms",
        "rebalance_timeout_ms" => "max.poll.interval.ms",
        "auto_commit" => "enable.auto.commit",
        "auto_commit_ms" => "auto.commit.interval.ms",
        "min_bytes" => "fetch.min.bytes",
        "max_wait_ms" => "fetch.wait.max.ms",
        "max_bytes" => "fetch.max.bytes",
        "partition_max_bytes" => "max.partition.fetch.bytes",
        "rack" => "client.rack",
        "check_crcs" => "check.crcs",
        "auto_create" => "allow.auto.create.topics",
        _ => return Err(Refusal::unsupported(format!("setting {name}"))),
    })
}

fn own_value<'a>(name: &str, value: &'a str) -> Failing<&'a str> {
    match (name, value) {
        ("reset", "none") => Ok("error"),
        ("protocol", "classic" | "consumer") => Ok(value),
        ("assignor", "sticky") | ("protocol", _) => {
            Err(Refusal::unsupported(format!("{name} {value}")))
        }
        _ => Ok(value),
    }
}

impl Consumer {
    pub fn open(started: &Started, settings: &Map<String, Value>) -> Failing<Self> {
        let consumer_protocol = settings
            .get("protocol")
            .is_some_and(|value| value == "consumer");
        let mut config = configuration(started);
        config.set("group.id", format!("alone-{}", std::process::id()));
        config
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest");
        if !consumer_protocol {
            config
                .set("session.timeout.ms", "10000")
                .set("heartbeat.interval.ms", "300");
        }
        for (name, value) in settings {
            config.set(
                setting(name, consumer_protocol)?,
                own_value(name, &text_of(value))?,
            );
        }
        // The library wants this limit, of producers, below that of a fetch.
        if let Some(bytes) = settings.get("max_bytes").and_then(Value::as_i64) {
            config.set(
                "message.max.bytes",
                bytes.clamp(1000, 1_000_000).to_string(),
            );
        }
        let plain = config
            .create_with_context(Context::new(started))
            .map_err(refusal)?;
        let has_group = settings.contains_key("group");
        let reset = match settings.get("reset").and_then(Value::as_str) {
            None | Some("earliest") => Offset::Beginning,
            Some("latest") => Offset::End,
            Some(_) => Offset::Invalid,
        };
        Ok(Self {
            plain,
            has_group,
            reset,
            assigned: Vec::new(),
            polled: BTreeMap::new(),
        })
    }

    pub fn subscribe(&mut self, request: &Request) -> Failing<()> {
        if !self.has_group {
            return Err(Refusal::invalid("no group"));
        }
        let topics = match request.get("pattern").and_then(Value::as_str) {
            Some(pattern) => vec![format!("^({pattern})$")],
            None => request.texts("topics")?,
        };
        self.forget();
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        self.plain.subscribe(&topics).map_err(refusal)
    }

    pub fn unsubscribe(&mut self) -> Failing<()> {
        self.plain.unsubscribe();
        self.plain.unassign().map_err(refusal)?;
        self.forget();
        // It leaves in the background, and tells of the partitions that it gives up to one who polls.
        let deadline = Instant::now() + TIMEOUT;
        while !self.assignment()?.is_empty() && Instant::now() < deadline {
            let _ = self.plain.poll(TICK);
        }
        Ok(())
    }

    pub fn assign(&mut self, places: Vec<Place>) -> Failing<()> {
        // Without a group nothing is asked of a coordinator: a server that has just started may have none yet.
        let offset = if self.has_group {
            Offset::Stored
        } else {
            self.reset
        };
        self.plain
            .assign(&list(places.iter().map(|place| (place, offset)))?)
            .map_err(refusal)?;
        self.forget();
        self.assigned = places;
        Ok(())
    }

    fn forget(&mut self) {
        self.polled.clear();
        self.assigned.clear();
    }

    pub fn poll(&mut self, timeout_ms: u64, count: Option<usize>) -> Failing<Value> {
        let deadline = Instant::now() + Duration::from_millis(timeout_ms);
        let mut records = Vec::new();
        while records.len() < count.unwrap_or(MAX_POLLED) {
            let left = deadline.saturating_duration_since(Instant::now());
            // Without a count, the first that come: those that are there already when the first one is.
            let tick = if count.is_none() && !records.is_empty() {
                Duration::ZERO
            } else {
                TICK.min(left)
            };
            match self.plain.poll(tick) {
                Some(Ok(message)) => {
                    self.polled.insert(
                        (message.topic().to_string(), message.partition()),
                        message.offset() + 1,
                    );
                    records.push(record_of(&message));
                }
                Some(Err(error)) if is_passing(&error) => eprintln!("{error}"),
                Some(Err(error)) => return Err(refusal(error)),
                None if tick.is_zero() || left.is_zero() => break,
                None => {}
            }
        }
        let events = std::mem::take(
            &mut *self
                .plain
                .context()
                .events
                .lock()
                .expect("no thread has died"),
        );
        Ok(json!({"records": records, "events": events}))
    }

    pub fn assignment(&self) -> Failing<Vec<Place>> {
        let assigned = self.plain.assignment().map_err(refusal)?;
        let mut places: Vec<Place> = assigned
            .elements()
            .iter()
            .map(|each| (each.topic().to_string(), each.partition()))
            .collect();
        places.sort();
        Ok(places)
    }

    /// Begin at these offsets: what has not begun cannot seek, least of all where no `reset` tells it where to begin.
    fn start_at(&mut self, offsets: &[(Place, i64)]) -> Failing<()> {
        let wanted: BTreeMap<&Place, i64> = offsets
            .iter()
            .map(|(place, offset)| (place, *offset))
            .collect();
        let offset_of = |place| {
            wanted
                .get(place)
                .map_or(self.reset, |offset| Offset::Offset(*offset))
        };
        let partitions = list(self.assigned.iter().map(|place| (place, offset_of(place))))?;
        self.plain.assign(&partitions).map_err(refusal)?;
        self.polled.extend(
            offsets
                .iter()
                .map(|(place, offset)| (place.clone(), *offset)),
        );
        Ok(())
    }

    /// Seek; partitions that were assigned a moment ago cannot be sought in yet.
    pub fn seek(&mut self, offsets: &[(Place, i64)]) -> Failing<()> {
        if !self.has_group && self.polled.is_empty() {
            return self.start_at(offsets);
        }
        for ((topic, partition), offset) in offsets {
            let deadline = Instant::now() + TIMEOUT;
            while let Err(error) =
                self.plain
                    .seek(topic, *partition, Offset::Offset(*offset), TIMEOUT)
            {
                if Instant::now() > deadline {
                    return Err(refusal(error));
                }
                std::thread::sleep(TICK);
            }
            self.polled.insert((topic.clone(), *partition), *offset);
        }
        Ok(())
    }

    pub fn pause(&self, places: &[Place], pause: bool) -> Failing<()> {
        let partitions = list(places.iter().map(|place| (place, Offset::Invalid)))?;
        let done = if pause {
            self.plain.pause(&partitions)
        } else {
            self.plain.resume(&partitions)
        };
        done.map_err(refusal)
    }

    pub fn position(&self, places: &[Place]) -> Failing<Value> {
        let positions = self.plain.position().map_err(refusal)?.to_topic_map();
        let of = |place: &Place| match positions.get(place) {
            Some(Offset::Offset(offset)) => json!([place.0, place.1, offset]),
            _ => self.polled.get(place).map_or_else(
                || {
                    json!([
                        place.0,
                        place.1,
                        Refusal::unsupported("a position before the first record").to_value()
                    ])
                },
                |offset| json!([place.0, place.1, offset]),
            ),
        };
        Ok(json!({"offsets": places.iter().map(of).collect::<Vec<_>>()}))
    }

    /// The offsets that a request names, or those that were polled.
    pub fn offsets_of(&self, request: &Request) -> Failing<TopicPartitionList> {
        let offsets = match request.get("offsets") {
            Some(_) => request.offsets("offsets")?,
            None => self
                .polled
                .iter()
                .map(|(place, offset)| (place.clone(), *offset))
                .collect(),
        };
        list(
            offsets
                .iter()
                .map(|(place, offset)| (place, Offset::Offset(*offset))),
        )
    }

    pub fn commit(&self, request: &Request) -> Failing<()> {
        let offsets = self.offsets_of(request)?;
        if let Some(metadata) = request.get("metadata").and_then(Value::as_str) {
            let places: Vec<Place> = offsets.to_topic_map().into_keys().collect();
            for (topic, partition) in places {
                offsets
                    .find_partition(&topic, partition)
                    .expect("it is in its list")
                    .set_metadata(metadata);
            }
        }
        if offsets.count() == 0 {
            return Ok(());
        }
        self.plain
            .commit(&offsets, CommitMode::Sync)
            .map_err(refusal)
    }

    pub fn committed(&self, places: &[Place]) -> Failing<Value> {
        let asked = list(places.iter().map(|place| (place, Offset::Invalid)))?;
        let found = self
            .plain
            .committed_offsets(asked, TIMEOUT)
            .map_err(refusal)?;
        let elements = found.elements();
        let rows = elements
            .iter()
            .map(|each| match (each.error(), each.offset()) {
                (Err(error), _) => {
                    json!([each.topic(), each.partition(), refusal(error).to_value()])
                }
                (_, Offset::Offset(offset)) => {
                    json!([each.topic(), each.partition(), offset, each.metadata()])
                }
                _ => json!([each.topic(), each.partition(), null]),
            });
        Ok(json!({"offsets": rows.collect::<Vec<_>>()}))
    }

    pub fn group_metadata(&self) -> Failing<ConsumerGroupMetadata> {
        self.plain
            .group_metadata()
            .ok_or_else(|| Refusal::invalid("no group"))
    }
}

/// What the library mends by itself.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::AllBrokersDown
                | Code::BrokerTransportFailure
                | Code::Resolve
                | Code::OperationTimedOut
        )
    )
}

pub fn list<'a>(offsets: impl Iterator<Item = (&'a Place, Offset)>) -> Failing<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in offsets {
        list.add_partition_offset(topic, *partition, offset)
            .map_err(refusal)?;
    }
    Ok(list)
}

fn record_of(message: &BorrowedMessage) -> Value {
    let (timestamp, timestamp_type) = match message.timestamp() {
        Timestamp::NotAvailable => (-1, None),
        Timestamp::CreateTime(time) => (time, Some("create")),
        Timestamp::LogAppendTime(time) => (time, Some("append")),
    };
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        headers
            .iter()
            .map(|header| (header.key.to_string(), header.value.map(<[u8]>::to_vec)))
            .collect()
    });
    received(&Received {
        topic: message.topic(),
        partition: message.partition(),
        offset: message.offset(),
        timestamp,
        timestamp_type,
        key: message.key(),
        value: message.payload(),
        headers,
    })
}
