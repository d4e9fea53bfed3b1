//! A client of one resolver: many questions under way at once, by one thread.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use mail::Failure;

use super::wire::{self, Reply};

/// How patiently is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// How often a question is put before it counts as failed.
    pub(crate) tries: u32,
    /// Most questions under way at the same time.
    pub(crate) window: usize,
}

/// A resolver that can be asked.
pub(crate) struct Client {
    server: SocketAddr,
    socket: UdpSocket,
    timing: Timing,
}

/// A question under way.
struct Waiting {
    index: usize,
    tried: u32,
    until: Instant,
}

impl Client {
    /// A client of a resolver that answers.
    ///
    /// # Errors
    ///
    /// Nothing answers there, or it refuses to.
    pub(crate) fn connect(server: SocketAddr, timing: Timing) -> Result<Self> {
        let any: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let unreachable = || format!("cannot reach `{server}`; check --resolver");
        let socket = UdpSocket::bind((any, 0)).with_context(unreachable)?;
        // Packets of other senders are not delivered to a connected socket.
        socket.connect(server).with_context(unreachable)?;
        let client = Self { server, socket, timing };
        match client.probe() {
            Reply::Failed(Failure::Timeout) => bail!(
                "no resolver answers at `{server}`; check --resolver and the firewall"
            ),
            Reply::Failed(Failure::Refused) => bail!(
                "the server at `{server}` refuses to answer; name a recursive resolver \
                 that serves this machine"
            ),
            Reply::Failed(Failure::ServerFailure)
            | Reply::Records(_)
            | Reply::Absent(_) => Ok(client),
        }
    }

    /// What the resolver says about the root.
    fn probe(&self) -> Reply {
        let root = Query::query(Name::root(), RecordType::NS);
        let ends = |_: &mut Course<'_>| Ok(());
        self.go(&[root], &mut |_| {}, ends).map_or_else(
            |_| Reply::Failed(Failure::Timeout),
            |replies| replies.into_iter().next().expect("one question has one reply"),
        )
    }

    /// Asks all questions; the replies come in their order. `done` hears of each.
    ///
    /// # Errors
    ///
    /// The resolver has stopped answering at all.
    pub(crate) fn ask(
        &self,
        queries: &[Query],
        mut done: impl FnMut(usize),
    ) -> Result<Vec<Reply>> {
        let patience = self.timing.window.max(8);
        self.go(queries, &mut done, |course| {
            if course.silent < patience {
                return Ok(());
            }
            course.silent = 0;
            self.still_there()
        })
    }

    /// Fails where the resolver has stopped answering.
    ///
    /// # Errors
    ///
    /// It has.
    pub(crate) fn still_there(&self) -> Result<()> {
        if self.probe() == Reply::Failed(Failure::Timeout) {
            bail!("the resolver at `{}` has stopped answering", self.server);
        }
        Ok(())
    }

    fn go(
        &self,
        queries: &[Query],
        done: &mut dyn FnMut(usize),
        check: impl Fn(&mut Course<'_>) -> Result<()>,
    ) -> Result<Vec<Reply>> {
        let mut course = Course {
            queries,
            replies: vec![None; queries.len()],
            waiting: BTreeMap::new(),
            to_ask: (0..queries.len()).map(|index| (index, 1)).collect(),
            silent: 0,
        };
        let mut buffer = vec![0; usize::from(u16::MAX)];
        loop {
            while course.waiting.len() < self.timing.window
                && let Some((index, tried)) = course.to_ask.pop_front()
            {
                self.send(&mut course, index, tried);
            }
            let Some(first) = course.waiting.values().map(|one| one.until).min() else {
                break;
            };
            // What waits in the socket is read before anything counts as late.
            match self.receive(first, &mut buffer) {
                Some(length) => {
                    if let Ok(message) = Message::from_vec(&buffer[..length]) {
                        done(self.take(&mut course, &message));
                    }
                }
                None => done(course.expire(now(), self.timing.tries)),
            }
            check(&mut course)?;
        }
        let replies = course.replies.into_iter();
        Ok(replies.map(|reply| reply.expect("every question has ended")).collect())
    }

    fn send(&self, course: &mut Course<'_>, index: usize, tried: u32) {
        let mut message = wire::query(&course.queries[index]);
        while course.waiting.contains_key(&message.metadata.id) {
            message = wire::query(&course.queries[index]);
        }
        let bytes = message.to_vec().unwrap_or_default();
        // What could not be sent will not be answered, and is then tried again.
        let _ = self.socket.send(&bytes);
        let until = now() + self.timing.timeout;
        course.waiting.insert(message.metadata.id, Waiting { index, tried, until });
    }

    /// The length of the next packet, where one comes in time.
    fn receive(&self, until: Instant, buffer: &mut [u8]) -> Option<usize> {
        let left = until.saturating_duration_since(now()).max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(left)).ok()?;
        self.socket.recv(buffer).ok()
    }

    /// Takes an answer in, and returns how many questions it ended.
    fn take(&self, course: &mut Course<'_>, message: &Message) -> usize {
        let id = message.metadata.id;
        let Some(Waiting { index, tried, .. }) = course.waiting.get(&id) else {
            return 0;
        };
        let (index, tried) = (*index, *tried);
        let query = &course.queries[index];
        if !wire::answers(message, query) {
            return 0;
        }
        course.silent = 0;
        course.waiting.remove(&id);
        let reply = if message.metadata.truncation {
            self.ask_by_tcp(query).unwrap_or(Reply::Failed(Failure::Timeout))
        } else {
            wire::reply(message, query)
        };
        let again = match reply {
            Reply::Failed(Failure::Timeout | Failure::ServerFailure) => true,
            Reply::Failed(Failure::Refused) | Reply::Records(_) | Reply::Absent(_) => {
                false
            }
        };
        if again && tried < self.timing.tries {
            course.to_ask.push_back((index, tried + 1));
            return 0;
        }
        course.replies[index] = Some(reply);
        1
    }

    /// The whole of an answer that does not fit into a packet.
    fn ask_by_tcp(&self, query: &Query) -> io::Result<Reply> {
        let mut stream = TcpStream::connect_timeout(&self.server, self.timing.timeout)?;
        stream.set_read_timeout(Some(self.timing.timeout))?;
        stream.set_write_timeout(Some(self.timing.timeout))?;
        let message = wire::query(query);
        let bytes = message.to_vec().map_err(io::Error::other)?;
        let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat())?;
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut bytes)?;
        let answer = Message::from_vec(&bytes).map_err(io::Error::other)?;
        if answer.metadata.id != message.metadata.id || !wire::answers(&answer, query) {
            return Err(io::Error::other("an answer to another question"));
        }
        Ok(wire::reply(&answer, query))
    }
}

/// How far a list of questions is.
struct Course<'q> {
    queries: &'q [Query],
    replies: Vec<Option<Reply>>,
    waiting: BTreeMap<u16, Waiting>,
    /// Questions to put, and which try it is.
    to_ask: VecDeque<(usize, u32)>,
    /// Questions given up since the last answer.
    silent: usize,
}

impl Course<'_> {
    /// Ends or repeats the questions whose time is over; returns how many ended.
    fn expire(&mut self, now: Instant, tries: u32) -> usize {
        let over = self.waiting.iter().filter(|(_, one)| one.until <= now);
        let over: Vec<u16> = over.map(|(id, _)| *id).collect();
        let mut ended = 0;
        for id in over {
            let Some(Waiting { index, tried, .. }) = self.waiting.remove(&id) else {
                continue;
            };
            if tried < tries {
                self.to_ask.push_back((index, tried + 1));
            } else {
                self.replies[index] = Some(Reply::Failed(Failure::Timeout));
                self.silent += 1;
                ended += 1;
            }
        }
        ended
    }
}

#[expect(clippy::disallowed_methods, reason = "how long an answer takes is real time")]
fn now() -> Instant {
    Instant::now()
}
