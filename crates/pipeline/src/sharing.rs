//! Which of several servers a message comes to.

use std::net::IpAddr;

use mail::CaseId;

/// What decides which server a message comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ShareBy {
    /// The connecting address: a client always comes to the same server, as long as its
    /// resolver keeps the answer. Mail of unknown clients is shared by message.
    #[default]
    ClientIp,
    /// Each message on its own.
    Message,
}

/// How mail is shared among the servers of one stage: each message falls to one of them by a
/// keyed hash, in proportion to the servers' weights, as senders choose among hosts of equal
/// preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    by: ShareBy,
    key: u64,
    /// Sums of the weights up to and with each server.
    sums: Vec<u64>,
}

impl Sharing {
    /// Sharing among as many servers as there are weights; `None` without any weight above
    /// zero.
    pub fn new(by: ShareBy, key: u64, weights: &[u32]) -> Option<Self> {
        let sums = weights.iter().scan(0u64, |sum, weight| {
            *sum += u64::from(*weight);
            Some(*sum)
        });
        let sums: Vec<u64> = sums.collect();
        (*sums.last()? > 0).then_some(Self { by, key, sums })
    }

    /// The server, by position, of a message and its client.
    pub fn server(&self, id: CaseId, client: Option<IpAddr>) -> usize {
        let hash = match (self.by, client) {
            (ShareBy::ClientIp, Some(IpAddr::V4(ip))) => hash(self.key, &ip.octets()),
            (ShareBy::ClientIp, Some(IpAddr::V6(ip))) => hash(self.key, &ip.octets()),
            (ShareBy::ClientIp, None) | (ShareBy::Message, _) => hash(self.key, &id.0),
        };
        let all = self.sums[self.sums.len() - 1];
        self.sums.partition_point(|sum| *sum <= hash % all)
    }
}

/// A keyed hash: eight bytes at a time, mixed by the finalizer of `SplitMix64`.
fn hash(key: u64, bytes: &[u8]) -> u64 {
    let words = bytes
        .chunks(8)
        .map(|chunk| chunk.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte)));
    words.fold(mix(key ^ bytes.len() as u64), |state, word| mix(state ^ word))
}

fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn shares(sharing: &Sharing, servers: usize) -> Vec<usize> {
        let mut counts = vec![0; servers];
        for number in 0..10_000u32 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            let client = Ipv4Addr::from(0xc000_0200 + number % 1000);
            counts[sharing.server(CaseId(id), Some(client.into()))] += 1;
        }
        counts
    }

    #[test]
    fn weights_are_proportions_and_zero_gets_nothing() {
        let sharing = Sharing::new(ShareBy::Message, 7, &[3, 0, 1]).unwrap();
        let counts = shares(&sharing, 3);
        assert!((7_300..7_700).contains(&counts[0]), "{counts:?}");
        assert_eq!(counts[1], 0);
        assert_eq!(Sharing::new(ShareBy::Message, 7, &[0, 0]), None);
        assert_eq!(Sharing::new(ShareBy::Message, 7, &[]), None);
    }

    #[test]
    fn a_client_keeps_its_server_and_another_key_shares_otherwise() {
        let by_client = Sharing::new(ShareBy::ClientIp, 1, &[1, 1]).unwrap();
        let client = Some("192.0.2.7".parse().unwrap());
        let first = by_client.server(CaseId([1; 32]), client);
        assert_eq!(by_client.server(CaseId([2; 32]), client), first);
        let keys = (0..64).map(|key| {
            let sharing = Sharing::new(ShareBy::ClientIp, key, &[1, 1]).unwrap();
            sharing.server(CaseId([1; 32]), client)
        });
        let second = keys.filter(|server| *server == 1).count();
        assert!((16..48).contains(&second), "{second}");
    }
}
