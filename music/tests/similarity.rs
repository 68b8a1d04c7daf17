//! Theft and collapse, looked for among the melodies of the embedded corpus.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::sync::LazyLock;

use gradus_music::similarity::{distinct_share, mean_pairwise_distance};
use gradus_music::{Corpus, MelodyEncoding, Split, Token, TuneIndex, Vocabulary};

static EMBEDDED: LazyLock<Corpus> = LazyLock::new(|| Corpus::embedded().unwrap());

fn melodies(split: Split) -> Vec<(&'static str, Vec<Token>)> {
    let melodies = EMBEDDED.melodies(split, &MelodyEncoding::default()).unwrap();
    melodies.into_iter().map(|melody| (EMBEDDED.pieces[melody.piece].name.as_str(), melody.encoded.tokens)).collect()
}

#[test]
fn every_training_tune_is_found_whole_and_unseen_tunes_are_not() {
    let index = TuneIndex::new(Vocabulary::default(), melodies(Split::Train));
    for (name, tokens) in melodies(Split::Train) {
        let run = index.longest_shared_run(&tokens).unwrap();
        assert_eq!(run.notes, run.out_of, "{name}");
    }
    let unseen = melodies(Split::Validation);
    let whole =
        |(_, tokens): &&(&str, Vec<Token>)| index.longest_shared_run(tokens).is_some_and(|run| run.notes == run.out_of);
    assert_eq!(unseen.iter().filter(whole).count(), 0);
}

#[test]
fn a_sample_of_pairs_stands_for_all_of_them() {
    let openings: Vec<_> =
        melodies(Split::Train).into_iter().filter_map(|(_, tokens)| Some(tokens.get(..32)?.to_vec())).collect();
    assert!(distinct_share(&openings).unwrap() > 0.8);
    let all = mean_pairwise_distance(&openings, usize::MAX).unwrap();
    let some = mean_pairwise_distance(&openings, 10_000).unwrap();
    assert!((all - some).abs() < 0.01, "{all} {some}");
}
