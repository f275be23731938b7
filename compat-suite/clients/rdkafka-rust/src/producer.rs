//! rdkafka's producer: every record is awaited by its delivery report.

use contract::{Failing, Record, Refusal, Request, Started};
use futures_executor::block_on;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders, Timestamp};
use rdkafka::producer::future_producer::Delivery;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};
use rdkafka::TopicPartitionList;
use serde_json::{json, Map, Value};

use crate::connection::{configuration, refusal, text_of, Context, TIMEOUT};

pub struct Producer {
    plain: FutureProducer<Context>,
    initialised: bool,
}

/// The setting of the library for one of the contract's.
fn setting(name: &str) -> Failing<&'static str> {
    Ok(match name {
        "acks" => "acks",
        "idempotent" => "enable.idempotence",
        "transactional_id" => "transactional.id",
        "transaction_timeout_ms" => "transaction.timeout.ms",
        "codec" => "compression.type",
        "linger_ms" => "linger.ms",
        "batch_bytes" => "batch.size",
        "max_request_bytes" => "message.max.bytes",
        "in_flight" => "max.in.flight.requests.per.connection",
        "delivery_timeout_ms" => "message.timeout.ms",
        "partitioner" => "partitioner",
        _ => return Err(Refusal::unsupported(format!("setting {name}"))),
    })
}

impl Producer {
    pub fn open(started: &Started, settings: &Map<String, Value>) -> Failing<Self> {
        let mut config = configuration(started);
        config.set("linger.ms", "5");
        if !settings.contains_key("transactional_id") {
            config.set("message.timeout.ms", "15000");
        }
        for (name, value) in settings {
            if name == "auto_create" && value == &Value::Bool(true) {
                continue; // its producers always ask for topics to be made
            }
            let value = text_of(value);
            config.set(
                setting(name)?,
                if value == "murmur2" {
                    "murmur2_random"
                } else {
                    &value
                },
            );
        }
        let plain = config
            .create_with_context(Context::new(started))
            .map_err(refusal)?;
        Ok(Self {
            plain,
            initialised: false,
        })
    }

    pub fn send(&self, request: &Request) -> Failing<Value> {
        let records = request.records()?;
        let sent: Vec<Value> = if request.flag("together") {
            let handed: Vec<_> = records
                .iter()
                .map(|record| self.hand_over(record))
                .collect();
            handed
                .into_iter()
                .map(|each| contract::item(each.and_then(|delivery| self.awaited(delivery))))
                .collect()
        } else {
            records
                .iter()
                .map(|record| {
                    let delivery = self.hand_over(record);
                    contract::item(delivery.and_then(|delivery| self.awaited(delivery)))
                })
                .collect()
        };
        Ok(json!({"sent": sent}))
    }

    fn hand_over(&self, record: &Record) -> Failing<DeliveryFuture> {
        let mut handed = FutureRecord::<[u8], [u8]>::to(&record.topic);
        handed.partition = record.partition;
        handed.key = record.key.as_deref();
        handed.payload = record.value.as_deref();
        handed.timestamp = record.timestamp;
        if !record.headers.is_empty() {
            let headers = OwnedHeaders::new_with_capacity(record.headers.len());
            let add = |headers: OwnedHeaders, (key, value): &(String, Option<Vec<u8>>)| {
                headers.insert(Header {
                    key,
                    value: value.as_ref(),
                })
            };
            handed.headers = Some(record.headers.iter().fold(headers, add));
        }
        self.plain
            .send_result(handed)
            .map_err(|(error, _)| refusal(error))
    }

    pub fn init(&mut self) -> Failing<()> {
        if !self.initialised {
            self.plain.init_transactions(TIMEOUT).map_err(refusal)?;
            self.initialised = true;
        }
        Ok(())
    }

    pub fn begin(&mut self) -> Failing<()> {
        self.init()?;
        self.plain.begin_transaction().map_err(refusal)
    }

    pub fn commit(&self) -> Failing<()> {
        self.plain.commit_transaction(TIMEOUT).map_err(refusal)
    }

    pub fn abort(&self) -> Failing<()> {
        self.plain.abort_transaction(TIMEOUT).map_err(refusal)
    }

    pub fn send_offsets(
        &self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Failing<()> {
        self.plain
            .send_offsets_to_transaction(offsets, group, TIMEOUT)
            .map_err(refusal)
    }

    fn awaited(&self, delivery: DeliveryFuture) -> Failing<Value> {
        let delivered = block_on(delivery).map_err(Refusal::other)?;
        let Delivery {
            partition,
            offset,
            timestamp,
        } = delivered.map_err(|(error, _)| self.refused(error))?;
        let mut sent = json!({"partition": partition, "offset": offset.max(-1)});
        if let Timestamp::CreateTime(time) | Timestamp::LogAppendTime(time) = timestamp {
            sent["timestamp"] = json!(time);
        }
        Ok(sent)
    }

    /// A producer that can't go on throws away what it has: then why it can't is what matters.
    fn refused(&self, error: KafkaError) -> Refusal {
        use RDKafkaErrorCode as Code;
        let purged = matches!(
            error.rdkafka_error_code(),
            Some(Code::PurgeQueue | Code::PurgeInflight)
        );
        match self.plain.client().fatal_error() {
            Some((_, why)) if purged => Refusal::new("FATAL", why),
            _ => refusal(error),
        }
    }
}
