//! The client properties that are known by name: librdkafka's (its `CONFIGURATION.md`), and those of the Java
//! client's `ConsumerConfig`, `ProducerConfig` and `AdminClientConfig` that stand in many `client.properties`.

use super::name::nearest;

/// Why TLS and SASL are refused, in one sentence.
pub const TLS_AND_SASL_REFUSED: &str =
    "TLS and SASL are not supported in this version, and kaftop never tries such a listener in plaintext";

/// What kaftop does with a client property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyUse {
    /// `security.protocol`: only `plaintext` is taken.
    SecurityProtocol,
    /// `client.id`, the name under which brokers know the client.
    ClientId,
    /// `bootstrap.servers` or its alias `metadata.broker.list`.
    Bootstrap,
    /// The longest wait for a connection, in milliseconds.
    ConnectTimeout,
    /// The longest wait for an answer, in milliseconds.
    RequestTimeout,
    /// Belongs to TLS or SASL: known, and refused in this version.
    NotYet,
    /// Known, accepted, and without effect on a monitor.
    NoEffect,
    /// Not a client property.
    Unknown,
}

/// What kaftop does with the property of this name.
pub fn property_use(name: &str) -> PropertyUse {
    match name {
        "security.protocol" => PropertyUse::SecurityProtocol,
        "client.id" => PropertyUse::ClientId,
        "bootstrap.servers" | "metadata.broker.list" => PropertyUse::Bootstrap,
        "socket.connection.setup.timeout.ms" => PropertyUse::ConnectTimeout,
        "request.timeout.ms" | "socket.timeout.ms" => PropertyUse::RequestTimeout,
        _ if ["ssl.", "sasl.", "https.ca."]
            .iter()
            .any(|prefix| name.starts_with(prefix)) =>
        {
            PropertyUse::NotYet
        }
        _ if SECURITY.contains(&name) => PropertyUse::NotYet,
        _ if NO_EFFECT.contains(&name) => PropertyUse::NoEffect,
        _ => PropertyUse::Unknown,
    }
}

/// Whether a property of this name holds, or may hold, a secret. A name that is not known in full counts as
/// one, also under `ssl.` and `sasl.`: it may be `sasl.password` with a letter too few.
pub fn is_secret(name: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "password",
        "secret",
        "key.pem",
        "keystore.key",
        "token",
        "jaas",
        "passphrase",
        "credential",
    ];
    let lower = name.to_lowercase();
    let in_full = USED.contains(&name) || SECURITY.contains(&name) || NO_EFFECT.contains(&name);
    !in_full || SIGNS.iter().any(|sign| lower.contains(sign))
}

/// The known property whose name is most like the word.
pub(super) fn nearest_property(word: &str) -> Option<&'static str> {
    nearest(word, USED.iter().chain(SECURITY).chain(NO_EFFECT).copied())
}

const USED: &[&str] = &[
    "bootstrap.servers",
    "client.id",
    "metadata.broker.list",
    "request.timeout.ms",
    "security.protocol",
    "socket.connection.setup.timeout.ms",
    "socket.timeout.ms",
];

/// TLS and SASL; names with the prefixes `ssl.` and `sasl.` are known as a whole, these are the common ones.
const SECURITY: &[&str] = &[
    "enable.sasl.oauthbearer.unsecure.jwt",
    "enable.ssl.certificate.verification",
    "sasl.jaas.config",
    "sasl.kerberos.keytab",
    "sasl.kerberos.principal",
    "sasl.kerberos.service.name",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.token.endpoint.url",
    "sasl.password",
    "sasl.username",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.cipher.suites",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.truststore.location",
    "ssl.truststore.password",
];

const NO_EFFECT: &[&str] = &[
    "acks",
    "allow.auto.create.topics",
    "api.version.fallback.ms",
    "api.version.request",
    "api.version.request.timeout.ms",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.include.jmx.reporter",
    "auto.offset.reset",
    "batch.num.messages",
    "batch.size",
    "broker.address.family",
    "broker.address.ttl",
    "broker.version.fallback",
    "buffer.memory",
    "builtin.features",
    "check.crcs",
    "client.dns.lookup",
    "client.rack",
    "compression.codec",
    "compression.level",
    "compression.type",
    "connections.max.idle.ms",
    "consume.callback.max.messages",
    "coordinator.query.interval.ms",
    "debug",
    "default.api.timeout.ms",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.metrics.push",
    "enable.partition.eof",
    "enable.random.seed",
    "enabled_events",
    "exclude.internal.topics",
    "fetch.error.backoff.ms",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.message.max.bytes",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.protocol.type",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "interceptor.classes",
    "internal.termination.signal",
    "isolation.level",
    "key.deserializer",
    "key.serializer",
    "linger.ms",
    "log.connection.close",
    "log.queue",
    "log.thread.name",
    "log_level",
    "max.block.ms",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "max.poll.records",
    "max.request.size",
    "message.copy.max.bytes",
    "message.max.bytes",
    "message.send.max.retries",
    "message.timeout.ms",
    "metadata.max.age.ms",
    "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy",
    "metric.reporters",
    "offset.store.method",
    "offset.store.path",
    "offset.store.sync.interval.ms",
    "partition.assignment.strategy",
    "partitioner",
    "partitioner.class",
    "plugin.library.paths",
    "produce.offset.report",
    "queue.buffering.backpressure.threshold",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "queuing.strategy",
    "receive.buffer.bytes",
    "receive.message.max.bytes",
    "reconnect.backoff.jitter.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.required.acks",
    "retries",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "send.buffer.bytes",
    "session.timeout.ms",
    "socket.blocking.max.ms",
    "socket.connection.setup.timeout.max.ms",
    "socket.keepalive.enable",
    "socket.max.fails",
    "socket.nagle.disable",
    "socket.receive.buffer.bytes",
    "socket.send.buffer.bytes",
    "statistics.interval.ms",
    "sticky.partitioning.linger.ms",
    "topic.blacklist",
    "topic.metadata.propagation.max.ms",
    "topic.metadata.refresh.fast.cnt",
    "topic.metadata.refresh.fast.interval.ms",
    "topic.metadata.refresh.interval.ms",
    "topic.metadata.refresh.sparse",
    "transaction.timeout.ms",
    "transactional.id",
    "value.deserializer",
    "value.serializer",
];
