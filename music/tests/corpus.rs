//! The embedded corpus, and folders of MIDI files.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::sync::LazyLock;

use gradus_music::corpus::{Corpus, Evidence, MelodyEncoding, Piece, PieceMelody, Shares, Split};
use gradus_music::{
    Key, MelodySource, Mode, MusicError, NGram, NGramConfig, Note, Pitch, Score, Tick, Token, Voice, midi,
};

static EMBEDDED: LazyLock<Corpus> = LazyLock::new(|| Corpus::embedded().unwrap());

fn piece(name: &str) -> &'static Piece {
    EMBEDDED.pieces.iter().find(|piece| piece.name == name).unwrap()
}

fn in_c(split: Split) -> Vec<PieceMelody> {
    EMBEDDED.melodies(split, &MelodyEncoding { key: Some(Key::C_MAJOR), ..MelodyEncoding::default() }).unwrap()
}

fn song(pitches: &[u8]) -> Score {
    let note =
        |(index, &pitch): (usize, &u8)| Note::new(Pitch::new(pitch).unwrap(), Tick(480 * index as u32), Tick(480));
    let notes = pitches.iter().enumerate().map(note).collect();
    Score { voices: vec![Voice { name: "Song".to_owned(), notes, ..Voice::default() }], ..Score::default() }
}

#[test]
fn every_embedded_file_is_read_without_fault() {
    assert_eq!(EMBEDDED.failures, []);
    assert_eq!(EMBEDDED.warnings, []);
    let count = |collection: &str| EMBEDDED.pieces.iter().filter(|piece| piece.collection == collection).count();
    assert_eq!((count("bach-chorales"), count("ryans-mammoth")), (401, 1000));
}

#[test]
fn every_embedded_piece_states_its_key_meter_and_tempo() {
    for piece in &EMBEDDED.pieces {
        let score = &piece.score;
        assert!(score.key().is_some() && score.meter().is_some() && score.tempo().is_some(), "{}", piece.name);
        assert!(score.title.is_some() && score.duration() > Tick::ZERO, "{}", piece.name);
    }
}

#[test]
fn every_embedded_piece_reads_back_equal_when_written() {
    for piece in &EMBEDDED.pieces {
        let bytes = midi::to_bytes(&piece.score).unwrap();
        let reading = midi::parse(&bytes, &piece.name).unwrap();
        assert_eq!(reading.scores.first(), Some(&piece.score), "{}", piece.name);
    }
}

#[test]
fn a_chorale_has_four_voices() {
    let names: Vec<_> = piece("bwv269").score.voices.iter().map(|voice| voice.name.as_str()).collect();
    assert_eq!(names, ["Soprano", "Alto", "Tenor", "Bass"]);
}

#[test]
fn the_split_never_moves() {
    let sizes = Split::ALL.map(|split| EMBEDDED.split(split).count());
    assert_eq!(sizes, [1120, 147, 134]);
}

#[test]
fn the_default_shares_leave_the_split_as_it_is() {
    let mut corpus = EMBEDDED.clone();
    corpus.resplit(Shares::default());
    assert_eq!(corpus, *EMBEDDED);
}

#[test]
fn other_shares_move_whole_tunes() {
    let mut corpus = EMBEDDED.clone();
    corpus.resplit("0.5,0.25,0.25".parse().unwrap());
    let tunes = |split| corpus.split(split).map(|piece| piece.tune).collect::<HashSet<_>>();
    let [train, validation, test] = Split::ALL.map(tunes);
    assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
    let share = |tunes: HashSet<_>| tunes.len() as f64 / 1123.0;
    let shares = [train, validation, test].map(share);
    assert!((shares[0] - 0.5).abs() < 0.03 && (shares[1] - 0.25).abs() < 0.03, "{shares:?}");
}

#[test]
fn all_settings_of_a_tune_share_its_split() {
    let mut splits: HashMap<usize, Split> = HashMap::new();
    for piece in &EMBEDDED.pieces {
        assert_eq!(*splits.entry(piece.tune).or_insert(piece.split), piece.split, "{}", piece.name);
    }
}

#[test]
fn the_settings_of_a_hymn_tune_are_found_and_others_kept_apart() {
    let passion = ["bwv135.6", "bwv153.5", "bwv161.6", "bwv244.15", "bwv244.54", "bwv248.5", "bwv270"];
    let innsbruck = ["bwv13.6", "bwv44.7", "bwv97.9", "bwv244.10", "bwv245.11", "bwv392", "bwv395"];
    for twins in [passion, innsbruck].map(|names| names.map(|name| piece(name).tune)) {
        assert!(twins.iter().all(|&tune| tune == twins[0]), "{twins:?}");
    }
    assert_ne!(piece("bwv270").tune, piece("bwv392").tune);
}

#[test]
fn no_tune_swallows_the_corpus() {
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    EMBEDDED.pieces.iter().for_each(|piece| *sizes.entry(piece.tune).or_default() += 1);
    assert_eq!((sizes.len(), sizes.values().max()), (1123, Some(&14)));
}

#[test]
fn the_parts_of_the_embedded_corpus_are_those_of_its_tunes_names() {
    let mut names: HashMap<usize, &str> = HashMap::new();
    for piece in &EMBEDDED.pieces {
        let name = names.entry(piece.tune).or_insert(&piece.name);
        *name = (*name).min(&piece.name);
    }
    for piece in &EMBEDDED.pieces {
        assert_eq!(piece.split, Split::of(names[&piece.tune]), "{}", piece.name);
    }
}

#[test]
fn the_tunes_of_the_embedded_corpus_are_found_by_what_is_evidence_today() {
    let groups = EMBEDDED.groups();
    assert_eq!((groups.len(), groups.iter().map(|group| group.pieces.len()).sum::<usize>()), (145, 423));
    // The Magnificat is chanted on few notes.
    let by_nothing: Vec<_> = groups.iter().filter(|group| group.evidence.is_empty()).collect();
    assert!(
        matches!(by_nothing.as_slice(), [magnificat] if magnificat.pieces == ["bwv10.7", "bwv323"]),
        "{by_nothing:?}"
    );
    let passion = groups.iter().find(|group| group.tune == "bwv135.6").unwrap();
    assert_eq!((passion.pieces.len(), passion.evidence.last()), (14, Some(&Evidence::Melody)));
}

#[test]
fn pieces_of_two_notes_in_alternation_are_not_one_tune() {
    let folder = tempfile::tempdir().unwrap();
    for lowest in 50..57 {
        let pitches: Vec<_> = (0..64).map(|at| lowest + if at % 2 == 0 { 0 } else { lowest - 46 }).collect();
        midi::write(&song(&pitches), folder.path().join(format!("trill-{lowest}.mid"))).unwrap();
        let same: Vec<_> = (0..64).map(|at| lowest + 7 * (at % 2)).collect();
        midi::write(&song(&same), folder.path().join(format!("fifths-{lowest}.mid"))).unwrap();
    }
    let corpus = Corpus::from_folder(folder.path()).unwrap();
    assert_eq!(corpus.groups(), []);
    assert_eq!(corpus.pieces.iter().map(|piece| piece.tune).collect::<HashSet<_>>().len(), 14);
}

#[test]
fn a_group_names_its_pieces_and_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let tune = [60, 62, 64, 65, 67, 69, 67, 64, 60, 67, 72, 71, 69, 67, 65, 62];
    for (name, up, title) in [("c", 0, "Reel"), ("b", 5, ""), ("a", 0, "Reel")] {
        let mut score = song(&tune.map(|pitch| pitch + up));
        score.title = (!title.is_empty()).then(|| title.to_owned());
        midi::write(&score, folder.path().join(format!("{name}.mid"))).unwrap();
    }
    midi::write(&song(&[60, 64, 67]), folder.path().join("d.mid")).unwrap();
    let groups = Corpus::from_folder(folder.path()).unwrap().groups();
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].tune.as_str(), groups[0].pieces.join(" ").as_str()), ("a", "a b c"));
    assert_eq!(groups[0].evidence, [Evidence::Title, Evidence::Outline, Evidence::Melody]);
}

#[test]
fn a_corpus_is_heard_by_the_voice_that_is_asked_for_and_by_another_where_it_lacks_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut duet = song(&[60, 62, 64]);
    duet.voices.push(Voice { name: "Descant".to_owned(), ..song(&[72, 74, 76]).voices.remove(0) });
    midi::write(&duet, folder.path().join("duet.mid")).unwrap();
    midi::write(&song(&[65, 67]), folder.path().join("alone.mid")).unwrap();
    let corpus = Corpus::read(Some(folder.path()), "song".parse().unwrap()).unwrap();
    assert_eq!(corpus.without_the_voice().count(), 0);

    let corpus = Corpus::read(Some(folder.path()), "Descant".parse().unwrap()).unwrap();
    let heard: Vec<_> = corpus.pieces.iter().map(|piece| corpus.melody(piece).to_string()).collect();
    assert_eq!(heard, ["track 2 `Song`, the only voice", "track 3 `Descant`, asked for"]);
    assert_eq!(corpus.without_the_voice().map(|piece| piece.name.as_str()).collect::<Vec<_>>(), ["alone"]);
    let encoding = MelodyEncoding::default();
    let lengths: Vec<_> = Split::ALL
        .into_iter()
        .flat_map(|split| corpus.melodies(split, &encoding).unwrap())
        .map(|melody| (corpus.pieces[melody.piece].name.clone(), encoding.vocabulary.pitch(melody.encoded.tokens[0])))
        .collect();
    assert!(lengths.contains(&("duet".to_owned(), Pitch::new(72))), "{lengths:?}");
    assert!(lengths.contains(&("alone".to_owned(), Pitch::new(65))), "{lengths:?}");
}

#[test]
fn the_estimated_key_is_the_stated_one_in_six_of_seven_pieces() {
    let agree = |piece: &&Piece| piece.score.estimate_key().map(|estimate| estimate.key) == piece.score.key();
    let share = EMBEDDED.pieces.iter().filter(agree).count() as f64 / EMBEDDED.pieces.len() as f64;
    // Modal pieces, one in sixteen, state the signature of a key that is not theirs.
    assert!(share > 0.84, "{share}");
}

#[test]
fn melodies_come_into_the_asked_scale() {
    let melodies = in_c(Split::Train);
    let vocabulary = MelodyEncoding::default().vocabulary;
    let pitches =
        || melodies.iter().flat_map(|melody| melody.encoded.tokens.iter().filter_map(|&token| vocabulary.pitch(token)));
    let in_scale = pitches().filter(|pitch| Key::C_MAJOR.contains(pitch.class())).count();
    let share = in_scale as f64 / pitches().count() as f64;
    assert!(share > 0.95, "{share}");
    let shifted: usize = melodies.iter().map(|melody| melody.encoded.shifted).sum();
    assert!((shifted as f64) < 0.001 * pitches().count() as f64, "{shifted}");
}

#[test]
fn a_piece_in_minor_goes_to_the_relative_minor() {
    let index = EMBEDDED
        .pieces
        .iter()
        .position(|piece| piece.split == Split::Train && piece.score.key().is_some_and(|key| key.mode == Mode::Minor));
    let piece = &EMBEDDED.pieces[index.unwrap()];
    let melody = in_c(Split::Train).into_iter().find(|melody| Some(melody.piece) == index).unwrap();
    assert_eq!(piece.score.key().unwrap().transpose(melody.encoded.transposition), Key::C_MAJOR.relative());
}

#[test]
fn a_melody_lasts_as_long_as_its_piece() {
    for melody in in_c(Split::Test) {
        let score = &EMBEDDED.pieces[melody.piece].score;
        assert!(
            (melody.encoded.tokens.len() as f64 / 4.0 - score.end_of_notes().beats(score.resolution)).abs() < 0.5,
            "{:?}",
            score.title
        );
    }
}

#[test]
fn a_voice_that_a_piece_lacks_is_reported_with_the_piece() {
    let encoding = MelodyEncoding { source: MelodySource::Voice("Alto".to_owned()), ..MelodyEncoding::default() };
    let error = EMBEDDED.melodies(Split::Train, &encoding).unwrap_err();
    let MusicError::Piece { name, source } = error else {
        panic!("{error:?}");
    };
    assert!(!name.is_empty());
    assert!(matches!(*source, MusicError::NoSuchVoice { .. }));
}

#[test]
fn longer_contexts_predict_unseen_melodies_better() {
    let tokens = |split| in_c(split).into_iter().map(|melody| melody.encoded.tokens).collect::<Vec<Vec<Token>>>();
    let (train, test) = (tokens(Split::Train), tokens(Split::Test));
    let bits = |order| {
        let config = NGramConfig { order, ..NGramConfig::default() };
        let model = NGram::fit(train.iter().map(Vec::as_slice), 38, &config).unwrap();
        let of_melody = |melody: &Vec<Token>| -> f64 {
            (0..melody.len()).map(|at| f64::from(model.log_probability(&melody[..at], melody[at]))).sum()
        };
        -test.iter().map(of_melody).sum::<f64>() / test.iter().map(Vec::len).sum::<usize>() as f64 / 2_f64.ln()
    };
    let (one, three, five) = (bits(1), bits(3), bits(5));
    assert!(five < three - 0.25 && three < one - 0.5, "{one} {three} {five}");
}

#[test]
fn a_folder_is_read_in_order_with_its_broken_files_listed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("songs")).unwrap();
    midi::write(&song(&[60, 62, 64]), folder.path().join("b.mid")).unwrap();
    midi::write(&song(&[60, 65, 64]), folder.path().join("songs/a.MIDI")).unwrap();
    fs::write(folder.path().join("a.smf"), "broken").unwrap();
    fs::write(folder.path().join("notes.txt"), "no music").unwrap();

    let corpus = Corpus::from_folder(folder.path()).unwrap();
    let names: Vec<_> = corpus.pieces.iter().map(|piece| piece.name.as_str()).collect();
    assert_eq!(names, ["b", "songs/a"]);
    assert_eq!(corpus.pieces[1].collection, "songs");
    assert_eq!(corpus.failures.len(), 1);
    assert_eq!(corpus.failures[0].name, "a.smf");
    assert!(corpus.failures[0].reason.contains("not a midi file"), "{}", corpus.failures[0].reason);
}

#[test]
fn a_folder_without_midi_and_a_missing_folder_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Corpus::from_folder(folder.path()), Err(MusicError::EmptyFolder { .. })));
    assert!(matches!(Corpus::from_folder(folder.path().join("missing")), Err(MusicError::Read { .. })));
}

#[test]
fn a_file_of_several_pieces_numbers_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = midi::to_bytes(&song(&[60, 62, 64])).unwrap();
    // Format 2: the empty conductor track and the song's track are pieces of their own.
    bytes[9] = 2;
    fs::write(folder.path().join("two.mid"), bytes).unwrap();
    let corpus = Corpus::from_folder(folder.path()).unwrap();
    let names: Vec<_> = corpus.pieces.iter().map(|piece| piece.name.as_str()).collect();
    assert_eq!(names, ["two#1", "two#2"]);
}
