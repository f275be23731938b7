//! rskafka's clients, of the cluster and of its partitions, and the names of their errors.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::errors::{name_of, name_of_camel};
use contract::{received, Failing, Fetching, Limits, Place, Received, Refusal, Started};
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder, Credentials, SaslConfig};
use rskafka::record::{Record, RecordAndOffset};
use rskafka::BackoffConfig;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::timeout;

pub const TIMEOUT: Duration = Duration::from_secs(15);
/// Far below its own of minutes, which a test would have to wait for.
const MAX_BACKOFF: Duration = Duration::from_secs(1);

pub struct Connection {
    started: Started,
    runtime: Runtime,
    client: OnceCell<Client>,
    partitions: RefCell<BTreeMap<Place, Arc<PartitionClient>>>,
}

impl Connection {
    pub fn new(started: Started) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        Self {
            started,
            runtime,
            client: OnceCell::new(),
            partitions: RefCell::default(),
        }
    }

    fn wait<T, E: Into<Wrapped>>(
        &self,
        work: impl std::future::Future<Output = Result<T, E>>,
    ) -> Failing<T> {
        self.wait_within(TIMEOUT, work)
    }

    /// Wait, but not forever: the client itself never gives up.
    fn wait_within<T, E: Into<Wrapped>>(
        &self,
        limit: Duration,
        work: impl std::future::Future<Output = Result<T, E>>,
    ) -> Failing<T> {
        let waited = self.runtime.block_on(async { timeout(limit, work).await });
        match waited {
            Ok(done) => done.map_err(|error| error.into().0),
            Err(_) => Err(Refusal::new("TIMED_OUT", "no end in sight")),
        }
    }

    fn client(&self) -> Failing<&Client> {
        if self.client.get().is_none() {
            let brokers = self
                .started
                .bootstrap
                .split(',')
                .map(str::to_string)
                .collect();
            let backoff = BackoffConfig {
                max_backoff: MAX_BACKOFF,
                ..BackoffConfig::default()
            };
            let mut builder = ClientBuilder::new(brokers)
                .client_id(self.started.client_id.as_str())
                .backoff_config(backoff);
            if let Some(sasl) = self.sasl()? {
                builder = builder.sasl_config(sasl);
            }
            let client = self.wait(builder.build())?;
            let _ = self.client.set(client);
        }
        Ok(self.client.get().expect("it is connected"))
    }

    fn sasl(&self) -> Failing<Option<SaslConfig>> {
        match self.started.secured("protocol").unwrap_or("PLAINTEXT") {
            "PLAINTEXT" => return Ok(None),
            "SASL_PLAINTEXT" => {}
            protocol => return Err(Refusal::unsupported(protocol)),
        }
        let text = |name: &str| self.started.secured(name).unwrap_or_default().to_string();
        let credentials = Credentials::new(text("username"), text("password"));
        match self.started.secured("mechanism").unwrap_or("PLAIN") {
            "PLAIN" => Ok(Some(SaslConfig::Plain(credentials))),
            "SCRAM-SHA-256" => Ok(Some(SaslConfig::ScramSha256(credentials))),
            "SCRAM-SHA-512" => Ok(Some(SaslConfig::ScramSha512(credentials))),
            mechanism => Err(Refusal::unsupported(mechanism)),
        }
    }

    pub fn forget(&mut self) {
        self.partitions.get_mut().clear();
        self.client = OnceCell::new();
    }

    pub fn partition(&self, place: &Place) -> Failing<Arc<PartitionClient>> {
        if let Some(open) = self.partitions.borrow().get(place) {
            return Ok(Arc::clone(open));
        }
        let client = self.client()?;
        let opening =
            client.partition_client(place.0.clone(), place.1, UnknownTopicHandling::Error);
        let opened = Arc::new(self.wait(opening)?);
        self.partitions
            .borrow_mut()
            .insert(place.clone(), Arc::clone(&opened));
        Ok(opened)
    }

    /// The client waits for an answer for as long as the connection is open: without one, others are tried.
    pub fn produce(
        &mut self,
        place: &Place,
        records: Vec<Record>,
        codec: Compression,
        limit: Duration,
    ) -> Failing<Vec<i64>> {
        let started = Instant::now();
        loop {
            let left = limit.saturating_sub(started.elapsed()).min(TIMEOUT);
            let produced = self.partition(place).and_then(|partition| {
                self.wait_within(left, partition.produce(records.clone(), codec))
            });
            match produced {
                Err(refusal) if refusal.name == "TIMED_OUT" && started.elapsed() < limit => {
                    self.forget();
                }
                done => return done,
            }
        }
    }

    pub fn offset(&self, place: &Place, at: OffsetAt) -> Failing<i64> {
        self.wait(self.partition(place)?.get_offset(at))
    }

    pub fn delete_records(&self, place: &Place, offset: i64, timeout_ms: i32) -> Failing<()> {
        self.wait(self.partition(place)?.delete_records(offset, timeout_ms))
    }

    pub fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replicas: i16,
        timeout_ms: i32,
    ) -> Failing<()> {
        let controller = self
            .client()?
            .controller_client()
            .map_err(|error| Wrapped::from(error).0)?;
        self.wait(controller.create_topic(name, partitions, replicas, timeout_ms))
    }

    pub fn delete_topic(&self, name: &str, timeout_ms: i32) -> Failing<()> {
        let controller = self
            .client()?
            .controller_client()
            .map_err(|error| Wrapped::from(error).0)?;
        self.wait(controller.delete_topic(name, timeout_ms))
    }

    pub fn topics(&self) -> Failing<BTreeMap<String, BTreeSet<i32>>> {
        let topics = self.wait(self.client()?.list_topics())?;
        Ok(topics
            .into_iter()
            .map(|topic| (topic.name, topic.partitions))
            .collect())
    }
}

impl Fetching for Connection {
    fn end(&mut self, place: &Place, earliest: bool) -> Failing<i64> {
        self.offset(
            place,
            if earliest {
                OffsetAt::Earliest
            } else {
                OffsetAt::Latest
            },
        )
    }

    fn fetch(&mut self, place: &Place, from: i64, limits: &Limits) -> Failing<Vec<(i64, Value)>> {
        let bytes = limits.min_bytes..limits.max_bytes.min(limits.partition_max_bytes);
        let (found, _) = self.wait(self.partition(place)?.fetch_records(
            from,
            bytes,
            limits.wait_ms,
        ))?;
        Ok(found
            .iter()
            .map(|taken| (taken.offset, record_of(place, taken)))
            .collect())
    }
}

fn record_of(place: &Place, taken: &RecordAndOffset) -> Value {
    let record = &taken.record;
    received(&Received {
        topic: &place.0,
        partition: place.1,
        offset: taken.offset,
        timestamp: record.timestamp.timestamp_millis(),
        timestamp_type: None,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: record
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Some(value.clone())))
            .collect(),
    })
}

/// The refusal that an error of rskafka stands for.
struct Wrapped(Refusal);

impl From<Error> for Wrapped {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::ServerError { protocol_error, .. } => named(*protocol_error),
            Error::Timeout => "TIMED_OUT",
            Error::Connection(_) | Error::Request(_) => "DISCONNECTED",
            Error::RetryFailed(_) => "TIMED_OUT",
            _ => "OTHER",
        };
        Self(Refusal::new(name, error))
    }
}

/// Errors that it knows have Kafka's names, in camel case; others their code.
fn named(error: ProtocolError) -> &'static str {
    let shown = format!("{error:?}");
    let code: String = shown.chars().filter(char::is_ascii_digit).collect();
    name_of_camel(&shown)
        .or_else(|| name_of(code.parse().ok()?))
        .unwrap_or("OTHER")
}
