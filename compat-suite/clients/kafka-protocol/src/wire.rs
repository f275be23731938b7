//! One connection: requests at the highest version that the crate and the broker share.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use contract::{Failing, Refusal, Started};
use kafka_protocol::messages::{
    ApiVersionsRequest, RequestHeader, ResponseHeader, SaslAuthenticateRequest,
    SaslHandshakeRequest,
};
use kafka_protocol::protocol::{
    Decodable, Encodable, HeaderVersion, Message, Request, StrBytes, VersionRange,
};

const TIMEOUT: Duration = Duration::from_secs(20);

pub struct Wire {
    stream: TcpStream,
    client_id: String,
    correlation: i32,
    versions: BTreeMap<i16, VersionRange>,
}

fn broken(error: impl ToString) -> Refusal {
    Refusal::new("DISCONNECTED", error)
}

impl Wire {
    pub fn connect(address: &str, started: &Started) -> Failing<Self> {
        let stream = TcpStream::connect(address).map_err(broken)?;
        stream.set_read_timeout(Some(TIMEOUT)).map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        let mut wire = Self {
            stream,
            client_id: started.client_id.clone(),
            correlation: 0,
            versions: BTreeMap::new(),
        };
        let asked = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("kafka-protocol"))
            .with_client_software_version(StrBytes::from_static_str("0.18.0"));
        let answer = wire.ask_at(&asked, ApiVersionsRequest::VERSIONS.max)?;
        checked(answer.error_code)?;
        let range = |min, max| VersionRange { min, max };
        wire.versions = answer
            .api_keys
            .iter()
            .map(|key| (key.api_key, range(key.min_version, key.max_version)))
            .collect();
        match started.secured("protocol").unwrap_or("PLAINTEXT") {
            "PLAINTEXT" => {}
            "SASL_PLAINTEXT" => wire.authenticate(started)?,
            protocol => return Err(Refusal::unsupported(protocol)),
        }
        Ok(wire)
    }

    /// Say who is there; the mechanisms are those of one message.
    fn authenticate(&mut self, started: &Started) -> Failing<()> {
        let text = |name: &str| started.secured(name).unwrap_or_default();
        let mechanism = text("mechanism");
        let said = match mechanism {
            "PLAIN" => format!("\0{}\0{}", text("username"), text("password")),
            "OAUTHBEARER" => format!("n,,\x01auth=Bearer {}\x01\x01", text("token")),
            _ => return Err(Refusal::unsupported(mechanism)),
        };
        let named = StrBytes::from_string(mechanism.to_string());
        let shaken = self.ask(&SaslHandshakeRequest::default().with_mechanism(named))?;
        checked(shaken.error_code)?;
        let told = self.ask(&SaslAuthenticateRequest::default().with_auth_bytes(said.into()))?;
        checked(told.error_code)
    }

    pub fn ask<R: Request>(&mut self, request: &R) -> Failing<R::Response> {
        let served = self
            .versions
            .get(&R::KEY)
            .ok_or_else(|| Refusal::new("UNSUPPORTED_VERSION", R::KEY))?;
        let shared = served.intersect(&R::VERSIONS);
        if shared.is_empty() {
            return Err(Refusal::new("UNSUPPORTED_VERSION", R::KEY));
        }
        self.ask_at(request, shared.max)
    }

    fn ask_at<R: Request>(&mut self, request: &R, version: i16) -> Failing<R::Response> {
        self.correlation += 1;
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(StrBytes::from_string(self.client_id.clone())));
        let mut frame = BytesMut::new();
        header
            .encode(&mut frame, R::header_version(version))
            .map_err(Refusal::invalid)?;
        request
            .encode(&mut frame, version)
            .map_err(Refusal::invalid)?;
        let size = u32::try_from(frame.len()).map_err(Refusal::invalid)?;
        self.stream
            .write_all(&size.to_be_bytes())
            .and_then(|()| self.stream.write_all(&frame))
            .map_err(broken)?;
        let mut answer = self.receive()?;
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version))
            .map_err(Refusal::other)?;
        if header.correlation_id != self.correlation {
            return Err(Refusal::other("an answer to another request"));
        }
        let response = R::Response::decode(&mut answer, version).map_err(Refusal::other)?;
        if answer.has_remaining() {
            return Err(Refusal::other(format!(
                "{} bytes after the answer",
                answer.remaining()
            )));
        }
        Ok(response)
    }

    fn receive(&mut self) -> Failing<Bytes> {
        let mut size = [0; 4];
        self.stream.read_exact(&mut size).map_err(timed)?;
        let mut frame = vec![0; u32::from_be_bytes(size) as usize];
        self.stream.read_exact(&mut frame).map_err(timed)?;
        Ok(frame.into())
    }
}

fn timed(error: std::io::Error) -> Refusal {
    match error.kind() {
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => {
            Refusal::new("TIMED_OUT", error)
        }
        _ => broken(error),
    }
}

/// An error code is an error, but for 0.
pub fn checked(code: i16) -> Failing<()> {
    match code {
        0 => Ok(()),
        code => Err(Refusal::of_code(code.into(), format!("error {code}"))),
    }
}
