use std::sync::LazyLock;

use mail::Label;
use proptest::prelude::*;

use super::*;
use crate::{Document, Learner, Scored, Scratch};

fn id(byte: u8) -> CaseId {
    CaseId([byte; 32])
}

fn sample(trainer: Trainer) -> ModelFile {
    let mut learner = Learner::new(trainer);
    let mut scored = Vec::new();
    for round in 0..12 {
        let ham = format!("Subject: minutes {round}\n\nmeeting on monday");
        let spam = format!("Subject: winner {round}\n\nclaim your prize");
        for (text, label) in [(ham, Label::Ham), (spam, Label::Spam)] {
            let score = learner.learn(&Document::unparsed(text.as_bytes()), label);
            scored.push(Scored { score, label });
        }
    }
    let calibration = Calibration::fit(&scored).unwrap();
    ModelFile::new(trainer, learner.into_model(), calibration, [3, 1, 2, 3].map(id))
}

static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| sample(Trainer::Fast).write());

/// Bytes with a valid length and digest around a changed content.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - DIGEST_BYTES);
    let length = (bytes.len() + DIGEST_BYTES) as u64;
    bytes[12..20].copy_from_slice(&length.to_le_bytes());
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

#[test]
fn a_model_file_reads_back_and_scores_the_same() {
    for trainer in Trainer::ALL {
        let provenance = Provenance {
            command: "sclbench train".into(),
            version: "0".into(),
            seed: 7,
            inputs: vec![],
        };
        let file = sample(trainer).with_provenance(provenance);
        let bytes = file.write();
        let back = ModelFile::read(&bytes).unwrap();
        assert_eq!(back, file);
        assert_eq!(back.write(), bytes);
        assert_eq!(back.digest(), bytes[bytes.len() - 32..]);
        let document = Document::unparsed(b"Subject: prize\n\nclaim the meeting");
        let mut scratch = Scratch::new();
        let score = file.model().score(&mut scratch, &document);
        assert_eq!(
            back.model().score(&mut scratch, &document).to_bits(),
            score.to_bits()
        );
        assert_eq!(back.calibration().scl(score), file.calibration().scl(score));
    }
}

#[test]
fn overlap_counts_training_messages() {
    let file = sample(Trainer::Fast);
    assert_eq!(file.messages(), 3);
    assert_eq!(file.overlap([0, 1, 3, 3, 9].map(id)), 3);
    assert_eq!(file.overlap([]), 0);
}

#[test]
fn other_files_and_versions_are_named() {
    assert_eq!(ModelFile::read(b"PAR1"), Err(ModelProblem::NotAModel));
    assert_eq!(ModelFile::read(b""), Err(ModelProblem::NotAModel));
    let mut bytes = SAMPLE.clone();
    bytes[8] = 9;
    let error = ModelFile::read(&sealed(bytes)).unwrap_err();
    assert_eq!(error, ModelProblem::OtherVersion { found: 9, supported: FORMAT_VERSION });
    assert_eq!(
        error.to_string(),
        "it has model format 9 and this program reads format 1; train it again, or use \
         the program that wrote it"
    );
}

#[test]
fn a_cut_file_is_truncated_and_a_changed_one_does_not_match() {
    for length in [8, 11, 12, 19, 20, 100, SAMPLE.len() - 1] {
        let problem = ModelFile::read(&SAMPLE[..length]).unwrap_err();
        assert!(matches!(problem, ModelProblem::Truncated { .. }), "{length}: {problem}");
    }
    let mut bytes = SAMPLE.clone();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(ModelFile::read(&bytes), Err(ModelProblem::DigestMismatch));
    let longer = [SAMPLE.as_slice(), b"x"].concat();
    assert_eq!(ModelFile::read(&longer), Err(ModelProblem::DigestMismatch));
}

#[test]
fn saving_replaces_whole_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model");
    let file = sample(Trainer::Fast);
    file.save(&path).unwrap();
    file.save(&path).unwrap();
    assert_eq!(ModelFile::load(&path).unwrap(), file);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let missing = folder.path().join("none/a.model");
    let error = file.save(&missing).unwrap_err().to_string();
    assert!(error.starts_with("write model `") && error.contains("none"), "{error}");
    let error = ModelFile::load(&missing).unwrap_err().to_string();
    assert!(error.starts_with("read model `") && error.contains("none"), "{error}");
    fs::write(&path, &SAMPLE[..100]).unwrap();
    let error = ModelFile::load(&path).unwrap_err().to_string();
    assert!(
        error.contains("a.model") && error.contains("cut short at 100 of"),
        "{error}"
    );
    fs::write(&path, b"hello").unwrap();
    let error = ModelFile::load(&path).unwrap_err().to_string();
    assert!(error.contains("is not a model file"), "{error}");
}

proptest! {
    #[test]
    fn hostile_content_never_panics(
        at in 0_usize..4000,
        bytes in prop::collection::vec(any::<u8>(), 1..24),
        cut in prop::option::of(20_usize..4000),
    ) {
        let mut changed = SAMPLE.clone();
        let at = at % (changed.len() - 60) + 12;
        let end = (at + bytes.len()).min(changed.len() - DIGEST_BYTES);
        changed[at..end].copy_from_slice(&bytes[..end - at]);
        if let Some(cut) = cut {
            changed.truncate(cut.max(20 + DIGEST_BYTES));
        }
        if let Ok(file) = ModelFile::read(&sealed(changed)) {
            let mut scratch = Scratch::new();
            let score = file.model().score(&mut scratch, &Document::unparsed(b"A: b\n\nc"));
            prop_assert!(score.is_finite());
            file.calibration().scl(score);
        }
    }

    #[test]
    fn unsealed_changes_are_found(at in 0_usize..1_000_000, bit in 0_u8..8) {
        let mut changed = SAMPLE.clone();
        let at = at % changed.len();
        changed[at] ^= 1 << bit;
        prop_assert!(ModelFile::read(&changed).is_err());
    }
}
