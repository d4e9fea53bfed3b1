//! A DNS server on loopback with one table of answers and a few faults.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, PTR, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Silence,
    /// The first packet is lost.
    SilentOnce,
    ServerFailure,
    Refusal,
}

#[derive(Default)]
struct Table {
    records: BTreeMap<String, Vec<RData>>,
    troubles: BTreeMap<String, Trouble>,
    /// Questions that were asked once.
    seen: BTreeSet<(String, RecordType)>,
    asked: usize,
    dies_after: Option<usize>,
    stopped: bool,
}

/// The server; it stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    table: Arc<Mutex<Table>>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

fn key(name: &Name) -> String {
    name.to_lowercase().to_ascii().trim_end_matches('.').to_owned()
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).unwrap()
}

impl Server {
    /// A server that knows no name, on a free port for both protocols.
    pub(crate) fn start() -> Self {
        let (udp, tcp) = std::iter::repeat_with(|| {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            let tcp = TcpListener::bind(udp.local_addr().unwrap());
            tcp.ok().map(|tcp| (udp, tcp))
        })
        .flatten()
        .next()
        .unwrap();
        let address = udp.local_addr().unwrap();
        let table = Arc::new(Mutex::new(Table::default()));
        let (one, other) = (Arc::clone(&table), Arc::clone(&table));
        let threads = vec![
            std::thread::spawn(move || packets(&udp, &one)),
            std::thread::spawn(move || streams(&tcp, &other)),
        ];
        Self { address, table, threads }
    }

    pub(crate) fn address_of(&self) -> SocketAddr {
        self.address
    }

    fn add(&mut self, owner: &str, data: RData) {
        let mut table = self.table.lock().unwrap();
        table.records.entry(owner.to_ascii_lowercase()).or_default().push(data);
    }

    /// A name without records.
    pub(crate) fn name(&mut self, owner: &str) {
        self.table.lock().unwrap().records.entry(owner.to_owned()).or_default();
    }

    pub(crate) fn txt(&mut self, owner: &str, texts: &[&str]) {
        for text in texts {
            // Two strings, which belong together.
            let (head, tail) = text.split_at(text.len() / 2);
            let strings = vec![head.to_owned(), tail.to_owned()];
            self.add(owner, RData::TXT(TXT::new(strings)));
        }
    }

    pub(crate) fn mx(&mut self, owner: &str, hosts: &[(u16, &str)]) {
        for (preference, host) in hosts {
            self.add(owner, RData::MX(MX::new(*preference, name(host))));
        }
    }

    pub(crate) fn address(&mut self, owner: &str, ip: &str) {
        self.add(
            owner,
            match ip.parse().unwrap() {
                IpAddr::V4(ip) => RData::A(A(ip)),
                IpAddr::V6(ip) => RData::AAAA(AAAA(ip)),
            },
        );
    }

    pub(crate) fn alias(&mut self, owner: &str, target: &str) {
        self.add(owner, RData::CNAME(CNAME(name(target))));
    }

    pub(crate) fn pointer(&mut self, ip: &str, host: &str) {
        let owner = Name::from(ip.parse::<IpAddr>().unwrap());
        self.add(&key(&owner), RData::PTR(PTR(name(host))));
    }

    pub(crate) fn trouble(&mut self, owner: &str, trouble: Trouble) {
        self.table.lock().unwrap().troubles.insert(owner.to_owned(), trouble);
    }

    pub(crate) fn heal(&mut self, owner: &str) {
        self.table.lock().unwrap().troubles.remove(owner);
    }

    /// Questions so far.
    pub(crate) fn asked(&self) -> usize {
        self.table.lock().unwrap().asked
    }

    /// From now on, only so many questions are answered.
    pub(crate) fn die_after(&mut self, questions: usize) {
        let mut table = self.table.lock().unwrap();
        table.asked = 0;
        table.dies_after = Some(questions);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.table.lock().unwrap().stopped = true;
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}

const SHORT: Duration = Duration::from_millis(50);

fn packets(socket: &UdpSocket, table: &Mutex<Table>) {
    socket.set_read_timeout(Some(SHORT)).unwrap();
    let mut buffer = [0; 4096];
    while !table.lock().unwrap().stopped {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let question = Message::from_vec(&buffer[..length]).unwrap();
        let room = usize::from(question.max_payload());
        let Some(answer) = table.lock().unwrap().answer(question) else { continue };
        let mut bytes = answer.to_vec().unwrap();
        if bytes.len() > room {
            bytes = answer.truncate().to_vec().unwrap();
        }
        socket.send_to(&bytes, from).unwrap();
    }
}

fn streams(listener: &TcpListener, table: &Mutex<Table>) {
    listener.set_nonblocking(true).unwrap();
    while !table.lock().unwrap().stopped {
        let Ok((mut stream, _)) = listener.accept() else {
            std::thread::sleep(SHORT / 10);
            continue;
        };
        stream.set_nonblocking(false).unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut bytes).unwrap();
        let question = Message::from_vec(&bytes).unwrap();
        let Some(answer) = table.lock().unwrap().answer(question) else { continue };
        let bytes = answer.to_vec().unwrap();
        let length = u16::try_from(bytes.len()).unwrap();
        stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat()).unwrap();
    }
}

impl Table {
    fn answer(&mut self, question: Message) -> Option<Message> {
        self.asked += 1;
        if self.dies_after.is_some_and(|most| self.asked > most) {
            return None;
        }
        let query = question.queries[0].clone();
        let (owner, kind) = (key(&query.name), query.query_type);
        let first = self.seen.insert((owner.clone(), kind));
        let mut answer = question.into_response();
        answer.metadata.message_type = MessageType::Response;
        match self.troubles.get(&owner) {
            Some(Trouble::Silence) => return None,
            Some(Trouble::SilentOnce) if first => return None,
            Some(Trouble::ServerFailure) => {
                answer.metadata.response_code = ResponseCode::ServFail;
                return Some(answer);
            }
            Some(Trouble::Refusal) => {
                answer.metadata.response_code = ResponseCode::Refused;
                return Some(answer);
            }
            Some(Trouble::SilentOnce) | None => {}
        }
        if !self.add(&mut answer, &owner, kind) {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        Some(answer)
    }

    /// Adds the records of a name, following aliases; tells whether there is the name.
    fn add(&self, answer: &mut Message, owner: &str, kind: RecordType) -> bool {
        let Some(list) = self.records.get(owner) else { return false };
        let mut list = list.clone();
        // Another order each time, as servers do.
        let turn = self.asked % list.len().max(1);
        list.rotate_left(turn);
        for data in list {
            if let RData::CNAME(target) = &data {
                let target = key(target);
                answer.add_answer(Record::from_rdata(name(owner), 60, data));
                return self.add(answer, &target, kind);
            }
            if data.record_type() == kind {
                answer.add_answer(Record::from_rdata(name(owner), 60, data));
            }
        }
        true
    }
}
