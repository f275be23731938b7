//! What all clients of rdkafka here are made with, and the names of its errors.

use std::error::Error;
use std::sync::Mutex;
use std::time::Duration;

use contract::{Refusal, Started};
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::TopicPartitionList;
use serde_json::{json, Value};

pub const TIMEOUT: Duration = Duration::from_secs(15);
const TOKEN_LIFETIME_MS: i64 = 3_600_000;

/// What a client tells while it works, and the token that it asks for.
#[derive(Default)]
pub struct Context {
    pub events: Mutex<Vec<Value>>,
    token: Option<String>,
    username: String,
}

impl Context {
    pub fn new(started: &Started) -> Self {
        let token = started.secured("token").map(str::to_string);
        let username = started
            .secured("username")
            .unwrap_or("compat-suite")
            .to_string();
        Self {
            token,
            username,
            ..Self::default()
        }
    }

    fn tell(&self, event: &str, partitions: &TopicPartitionList) {
        let mut places: Vec<_> = partitions
            .elements()
            .iter()
            .map(|each| (each.topic().to_string(), each.partition()))
            .collect();
        places.sort();
        self.events
            .lock()
            .expect("no thread has died")
            .push(json!([event, places]));
    }
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        eprintln!("{facility}: {message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        eprintln!("{error}: {reason}");
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        let token = self.token.clone().ok_or("no token was given")?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        let lifetime_ms = i64::try_from(now.as_millis())? + TOKEN_LIFETIME_MS;
        Ok(OAuthToken {
            token,
            principal_name: self.username.clone(),
            lifetime_ms,
        })
    }
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(partitions) => self.tell("assigned", partitions),
            Rebalance::Revoke(partitions) if consumer.assignment_lost() => {
                self.tell("lost", partitions)
            }
            Rebalance::Revoke(partitions) => self.tell("revoked", partitions),
            Rebalance::Error(error) => eprintln!("{error}"),
        }
    }
}

/// The configuration that all clients begin with.
pub fn configuration(started: &Started) -> ClientConfig {
    let mut configuration = ClientConfig::new();
    configuration
        .set("bootstrap.servers", &started.bootstrap)
        .set("client.id", &started.client_id);
    let settings = [
        ("protocol", "security.protocol"),
        ("mechanism", "sasl.mechanism"),
        ("username", "sasl.username"),
        ("password", "sasl.password"),
        ("ca", "ssl.ca.location"),
        ("certificate", "ssl.certificate.location"),
        ("key", "ssl.key.location"),
    ];
    for (name, own) in settings {
        if let Some(value) = started.secured(name) {
            configuration.set(own, value);
        }
    }
    configuration
}

/// The refusal that an error of the library stands for.
pub fn refusal(error: KafkaError) -> Refusal {
    match &error {
        KafkaError::ClientConfig(_, message, name, _)
            if message.contains("No such configuration property") =>
        {
            Refusal::unsupported(name)
        }
        KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_) | KafkaError::Nul(_) => {
            Refusal::invalid(&error)
        }
        KafkaError::Subscription(_) | KafkaError::AdminOpCreation(_) => Refusal::invalid(&error),
        KafkaError::Transaction(inner) => of_code(inner.code(), &error),
        _ => match error.rdkafka_error_code() {
            Some(code) => of_code(code, &error),
            None => Refusal::other(&error),
        },
    }
}

/// Codes of the server are Kafka's; the library's own are negative.
pub fn of_code(code: RDKafkaErrorCode, message: &impl ToString) -> Refusal {
    use RDKafkaErrorCode as Code;
    let name = match code {
        Code::AllBrokersDown | Code::BrokerTransportFailure | Code::Resolve => "DISCONNECTED",
        Code::Authentication => "SASL_AUTHENTICATION_FAILED",
        Code::AutoOffsetReset | Code::NoOffset => "NO_OFFSET",
        Code::Conflict | Code::InvalidArgument | Code::State => "INVALID_ARGUMENT",
        Code::Fatal => "FATAL",
        Code::Fenced => "PRODUCER_FENCED",
        Code::MessageTimedOut | Code::OperationTimedOut | Code::TimedOutQueue => "TIMED_OUT",
        Code::NotImplemented => "UNSUPPORTED",
        Code::UnknownGroup => "GROUP_ID_NOT_FOUND",
        Code::UnknownPartition | Code::UnknownTopic => "UNKNOWN_TOPIC_OR_PARTITION",
        Code::UnsupportedFeature => "UNSUPPORTED_VERSION",
        code if code as i32 >= -1 => return Refusal::of_code(code as i32, message.to_string()),
        _ => "OTHER",
    };
    Refusal::new(name, message.to_string())
}

/// The text of a setting's value, as librdkafka's configuration has it.
pub fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}
