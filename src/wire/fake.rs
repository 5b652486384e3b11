//! A cluster on loopback that answers like brokers, for the tests of what reads clusters.

use super::address::Address;
use super::fixture;
use super::versions::Api;
use crate::model::time::At;
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::metadata_response as meta;
use kafka_protocol::messages::{self, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How a broker behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It answers everything.
    Well,
    /// It takes connections and answers nothing.
    Mute,
    /// It ends every connection at once.
    Gone,
    /// It answers everything but what it would pass on to the controller.
    NoController,
}

/// A broker's request, by node id.
pub(crate) type Asked = (i32, Api);

/// Brokers with the ids 1, 2, 3 and so on, and one topic of which each leads the partition of its own place.
pub(crate) struct FakeCluster {
    ports: Arc<Vec<u16>>,
    moods: Vec<watch::Sender<Mood>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    topic_settings: Arc<AtomicUsize>,
    held: Arc<Mutex<BTreeMap<i32, At>>>,
    _tasks: JoinSet<()>,
}

impl FakeCluster {
    /// Starts that many brokers of a KRaft cluster.
    pub(crate) async fn start(brokers: usize) -> Self {
        Self::start_as(brokers, true).await
    }

    /// Starts that many brokers of a cluster on `ZooKeeper`.
    pub(crate) async fn start_on_zookeeper(brokers: usize) -> Self {
        Self::start_as(brokers, false).await
    }

    async fn start_as(brokers: usize, kraft: bool) -> Self {
        let mut listeners = Vec::new();
        for _ in 0..brokers {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        let ports = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap().port());
        let ports: Arc<Vec<u16>> = Arc::new(ports.collect());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let topic_settings = Arc::new(AtomicUsize::new(0));
        let held = Arc::new(Mutex::new(BTreeMap::new()));
        let mut tasks = JoinSet::new();
        let mut moods = Vec::new();
        for (place, listener) in listeners.into_iter().enumerate() {
            let (mood, moody) = watch::channel(Mood::Well);
            moods.push(mood);
            let broker = Broker {
                id: i32::try_from(place).unwrap() + 1,
                ports: ports.clone(),
                mood: moody,
                asked: asked.clone(),
                topic_settings: topic_settings.clone(),
                held: held.clone(),
                kraft,
            };
            tasks.spawn(broker.listen(listener));
        }
        Self {
            ports,
            moods,
            asked,
            topic_settings,
            held,
            _tasks: tasks,
        }
    }

    /// The brokers' addresses in the order of their ids.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        self.ports
            .iter()
            .map(|port| Address::new("127.0.0.1", i32::from(*port)).unwrap())
            .collect()
    }

    /// Changes how a broker behaves, also on connections that are open.
    pub(crate) fn set(&self, id: usize, mood: Mood) {
        self.moods[id - 1].send_replace(mood);
    }

    /// Lets a broker hold one record in its partition, at an offset after all that are asked for, written at that time.
    pub(crate) fn hold(&self, id: i32, written: At) {
        self.held.lock().unwrap().insert(id, written);
    }

    /// How often topics' settings were asked for, which a broker reads from `ZooKeeper`.
    pub(crate) fn topic_settings_asked(&self) -> usize {
        self.topic_settings.load(Ordering::Relaxed)
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Broker {
    id: i32,
    ports: Arc<Vec<u16>>,
    mood: watch::Receiver<Mood>,
    asked: Arc<Mutex<Vec<Asked>>>,
    topic_settings: Arc<AtomicUsize>,
    held: Arc<Mutex<BTreeMap<i32, At>>>,
    kraft: bool,
}

impl Broker {
    async fn listen(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(self.clone().serve(stream));
        }
    }

    async fn serve(mut self, mut stream: TcpStream) {
        let mut mood = self.mood.clone();
        tokio::select! {
            biased;
            _ = mood.wait_for(|mood| *mood == Mood::Gone) => {}
            _ = self.answer_all(&mut stream) => {}
        }
    }

    async fn answer_all(&mut self, stream: &mut TcpStream) -> std::io::Result<()> {
        loop {
            let length = stream.read_i32().await?;
            let mut bytes = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut bytes).await?;
            let mut bytes = Bytes::from(bytes);
            let header = RequestHeader::decode(&mut bytes, 2).unwrap();
            let api = *Api::ALL
                .iter()
                .find(|api| api.key() == header.request_api_key)
                .unwrap();
            self.asked.lock().unwrap().push((self.id, api));
            if api == Api::DescribeConfigs {
                let request =
                    messages::DescribeConfigsRequest::decode(&mut bytes, header.request_api_version).unwrap();
                let of_topics = request
                    .resources
                    .iter()
                    .any(|resource| resource.resource_type == 2);
                self.topic_settings
                    .fetch_add(usize::from(of_topics), Ordering::Relaxed);
            }
            let passed_on = matches!(api, Api::DescribeQuorum | Api::ListPartitionReassignments);
            let silent = |mood: &Mood| *mood == Mood::Mute || (passed_on && *mood == Mood::NoController);
            let _ = self.mood.wait_for(|mood| !silent(mood)).await;
            let mut frame = BytesMut::new();
            ResponseHeader::default()
                .with_correlation_id(header.correlation_id)
                .encode(&mut frame, api.answer_header())
                .unwrap();
            frame.extend_from_slice(&self.body(api, header.request_api_version));
            stream.write_i32(i32::try_from(frame.len()).unwrap()).await?;
            stream.write_all(&frame).await?;
        }
    }

    fn body(&self, api: Api, version: i16) -> Bytes {
        let mut bytes = BytesMut::new();
        match api {
            Api::Metadata => self.metadata().encode(&mut bytes, version).unwrap(),
            Api::DescribeCluster => self.cluster().encode(&mut bytes, version).unwrap(),
            Api::Fetch => match self.held.lock().unwrap().get(&self.id) {
                Some(written) => fetched(*written).encode(&mut bytes, version).unwrap(),
                None => return fixture::body(api, version),
            },
            Api::ApiVersions if !self.kraft => {
                let mut all =
                    messages::ApiVersionsResponse::decode(&mut fixture::body(api, version), version).unwrap();
                all.api_keys
                    .retain(|known| known.api_key != Api::DescribeQuorum.key());
                all.encode(&mut bytes, version).unwrap();
            }
            _ => return fixture::body(api, version),
        }
        bytes.freeze()
    }

    fn nodes(&self) -> impl Iterator<Item = (i32, i32)> + '_ {
        (1..).zip(self.ports.iter().map(|port| i32::from(*port)))
    }

    fn metadata(&self) -> messages::MetadataResponse {
        let brokers = self.nodes().map(|(id, port)| {
            meta::MetadataResponseBroker::default()
                .with_node_id(id.into())
                .with_host(StrBytes::from_static_str("127.0.0.1"))
                .with_port(port)
        });
        let partitions = self.nodes().map(|(id, _)| {
            meta::MetadataResponsePartition::default()
                .with_partition_index(id - 1)
                .with_leader_id(id.into())
                .with_leader_epoch(1)
                .with_replica_nodes(vec![id.into()])
                .with_isr_nodes(vec![id.into()])
        });
        let topic = meta::MetadataResponseTopic::default()
            .with_name(Some(StrBytes::from_static_str("orders").into()))
            .with_partitions(partitions.collect());
        messages::MetadataResponse::default()
            .with_cluster_id(Some(StrBytes::from_static_str("fake")))
            .with_controller_id(1.into())
            .with_brokers(brokers.collect())
            .with_topics(vec![topic])
    }

    fn cluster(&self) -> messages::DescribeClusterResponse {
        let brokers = self.nodes().map(|(id, port)| {
            DescribeClusterBroker::default()
                .with_broker_id(id.into())
                .with_host(StrBytes::from_static_str("127.0.0.1"))
                .with_port(port)
        });
        messages::DescribeClusterResponse::default()
            .with_cluster_id(StrBytes::from_static_str("fake"))
            .with_controller_id(1.into())
            .with_brokers(brokers.collect())
    }
}

/// An answer with one record.
fn fetched(written: At) -> messages::FetchResponse {
    let record = Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 1,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset: 1_000_000,
        sequence: 0,
        timestamp: written.0,
        key: None,
        value: None,
        headers: kafka_protocol::indexmap::IndexMap::default(),
    };
    let options = RecordEncodeOptions {
        version: 2,
        compression: Compression::None,
    };
    let mut records = BytesMut::new();
    RecordBatchEncoder::encode(&mut records, &[record], &options).unwrap();
    let partition = PartitionData::default().with_records(Some(records.freeze()));
    let topic = FetchableTopicResponse::default().with_partitions(vec![partition]);
    messages::FetchResponse::default().with_responses(vec![topic])
}
