//! Reading music: one MIDI file, the embedded corpus, and the n-gram model fitted on it.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot start has nothing to say")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gradus_music::{Corpus, Key, MelodyEncoding, NGram, NGramConfig, Split, Vocabulary, midi};

fn parsing(criterion: &mut Criterion) {
    let corpus = Corpus::embedded().unwrap();
    let chorale = &corpus.pieces.iter().find(|piece| piece.name.contains("bwv269")).unwrap().score;
    let bytes = midi::to_bytes(chorale).unwrap();
    let mut group = criterion.benchmark_group("MIDI");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("parse a chorale", |bencher| {
        bencher.iter(|| midi::parse(black_box(&bytes), "bwv269").unwrap());
    });
    group.bench_function("write a chorale", |bencher| {
        bencher.iter(|| midi::to_bytes(black_box(chorale)).unwrap());
    });
    group.finish();
    let mut group = criterion.benchmark_group("corpus");
    group.sample_size(20);
    group.bench_function("read the embedded corpus", |bencher| bencher.iter(|| Corpus::embedded().unwrap()));
    group.finish();
}

fn ngram(criterion: &mut Criterion) {
    let corpus = Corpus::embedded().unwrap();
    let encoding = MelodyEncoding { key: Some(Key::C_MAJOR), ..MelodyEncoding::default() };
    let melodies = corpus.melodies(Split::Train, &encoding).unwrap();
    let size = Vocabulary::default().size();
    let fit = || {
        let sequences = melodies.iter().map(|melody| melody.encoded.tokens.as_slice());
        NGram::fit(sequences, size, &NGramConfig::default()).unwrap()
    };
    let mut group = criterion.benchmark_group("n-gram");
    group.sample_size(20);
    group.bench_function("encode the training melodies", |bencher| {
        bencher.iter(|| corpus.melodies(Split::Train, &encoding).unwrap());
    });
    group.bench_function("fit on the training melodies", |bencher| bencher.iter(fit));
    group.finish();

    let model = fit();
    let held_out = corpus.melodies(Split::Validation, &encoding).unwrap();
    let tokens: Vec<_> = held_out.iter().flat_map(|melody| melody.encoded.tokens.iter().copied()).take(4096).collect();
    let reach = NGramConfig::default().order - 1;
    let mut group = criterion.benchmark_group("n-gram");
    group.throughput(Throughput::Elements((tokens.len() - reach) as u64));
    group.bench_function("log-probability of a held-out token", |bencher| {
        bencher.iter(|| {
            tokens.windows(reach + 1).map(|window| model.log_probability(&window[..reach], window[reach])).sum::<f32>()
        });
    });
    group.finish();
}

criterion_group!(benches, parsing, ngram);
criterion_main!(benches);
