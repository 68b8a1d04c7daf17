//! `gradus render`: MIDI files become sound.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_music::{Score, midi};
use serde::Serialize;

use crate::{
    output, progress,
    run::write_atomic,
    sound::{self, Instrument, SoundFont},
};

/// The arguments of `gradus render`.
#[derive(clap::Args)]
#[command(after_help = "\
Without a SoundFont every part is played by a synthesiser that is built in, which needs no other file. With one, each part
is played by its General MIDI instrument. The loudest moment has the same level in every file. Pieces of more than 60
minutes are refused.")]
pub struct Args {
    /// MIDI files
    #[arg(required = true, value_name = "FILE.mid")]
    files: Vec<PathBuf>,
    /// A SoundFont to play with; without one, the built-in synthesizer plays
    #[arg(long, value_name = "FILE.sf2")]
    soundfont: Option<PathBuf>,
    /// The WAV file, or a folder for several; beside each MIDI file if not given
    #[arg(long, value_name = "FILE.wav|DIR")]
    out: Option<PathBuf>,
    /// Replace WAV files that are there already
    #[arg(long)]
    force: bool,
    /// Print one JSON document: [{"midi", "piece", "pieces", "title", "wav", "seconds", "channels", "rate", "ignored"}, ...]
    #[arg(long)]
    json: bool,
}

/// A piece, where it came from, and where its sound goes.
struct Order {
    midi: PathBuf,
    /// Which of the file's pieces it is, counted from 1, and how many there are.
    piece: usize,
    pieces: usize,
    wav: PathBuf,
    score: Score,
}

#[derive(Serialize)]
struct Rendered {
    midi: PathBuf,
    piece: usize,
    pieces: usize,
    title: Option<String>,
    wav: PathBuf,
    seconds: f64,
    channels: u16,
    rate: u32,
    /// What the instrument does not play as it is written.
    ignored: Vec<String>,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let instrument = match &self.soundfont {
            Some(path) => Instrument::SoundFont(SoundFont::read(path)?),
            None => Instrument::BuiltIn,
        };
        let orders = self.orders()?;
        let mut all = Vec::with_capacity(orders.len());
        let mut told = Ok(());
        for order in orders {
            let cannot = || format!("cannot render {}", order.midi.display());
            let wave = sound::wave(&order.score, &instrument, sound::RATE).with_context(cannot)?;
            let ignored = sound::ignored(&order.score, &instrument).with_context(cannot)?;
            if let Some(folder) = order.wav.parent() {
                fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
            }
            write_atomic(&order.wav, &wave)?;
            let rendered = Rendered::new(order, &wave, ignored)?;
            if !self.json {
                // Files are written even if nobody reads on.
                told = told.and(output::text(rendered.line()));
            }
            all.push(rendered);
        }
        tell_ignored(&all);
        if self.json { output::json(&all) } else { Ok(told?) }
    }

    /// Reads every file, and refuses what would be overwritten, before anything is written.
    fn orders(&self) -> anyhow::Result<Vec<Order>> {
        let mut orders = Vec::new();
        for path in &self.files {
            let scores = midi::read(path)?.scores;
            let pieces = scores.len();
            for (piece, score) in (1..).zip(scores) {
                let wav = self.wav(path, (pieces > 1).then_some(piece));
                orders.push(Order { midi: path.clone(), piece, pieces, wav, score });
            }
        }
        if let Some(out) = self.out.as_deref().filter(|out| is_wave(out) && orders.len() > 1) {
            bail!("{} is one file for {} pieces; give a folder with --out", out.display(), orders.len());
        }
        let mut seen = HashSet::new();
        for order in &orders {
            let wav = order.wav.display();
            if !seen.insert(&order.wav) {
                bail!("{wav} would be written twice; rename {} or render it alone", order.midi.display());
            }
            if order.wav.exists() && !self.force {
                bail!("{wav} is there already: add --force to replace it, or choose another place with --out");
            }
        }
        Ok(orders)
    }

    /// Where the sound of a file goes, with a number where it holds several pieces.
    fn wav(&self, midi: &Path, number: Option<usize>) -> PathBuf {
        let mut name = midi.file_stem().unwrap_or_default().to_owned();
        if let Some(number) = number {
            name.push(format!("-{number}"));
        }
        name.push(".wav");
        match &self.out {
            Some(out) if is_wave(out) => out.clone(),
            Some(folder) => folder.join(name),
            None => midi.with_file_name(name),
        }
    }
}

/// Whether a path names a WAV file and not a folder.
fn is_wave(path: &Path) -> bool {
    !path.is_dir() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav"))
}

/// Says once a run what was ignored, and in how many pieces.
fn tell_ignored(all: &[Rendered]) {
    let mut pieces: BTreeMap<&str, Vec<&Path>> = BTreeMap::new();
    for rendered in all {
        for what in &rendered.ignored {
            pieces.entry(what).or_default().push(&rendered.midi);
        }
    }
    for (what, pieces) in pieces {
        let others = match pieces.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        progress::warn(&format!("{}{others}: {what}", pieces[0].display()));
    }
}

impl Rendered {
    /// Tells of a file what its header says.
    fn new(order: Order, wave: &[u8], ignored: Vec<String>) -> anyhow::Result<Self> {
        let reader = hound::WavReader::new(wave)?;
        let spec = reader.spec();
        let seconds = f64::from(reader.duration()) / f64::from(spec.sample_rate);
        let Order { midi, piece, pieces, wav, score } = order;
        let (channels, rate) = (spec.channels, spec.sample_rate);
        Ok(Self { midi, piece, pieces, title: score.title, wav, seconds, channels, rate, ignored })
    }

    /// The file and how long it is; where the MIDI file holds several pieces, also which one this is.
    fn line(&self) -> String {
        let mut line = format!("{}  {:.1} s", self.wav.display(), self.seconds);
        if self.pieces > 1 {
            line += &format!("  piece {} of {}", self.piece, self.pieces);
            // A title may hold what moves a terminal's cursor.
            let title: String = self.title.iter().flat_map(|it| it.chars()).filter(|it| !it.is_control()).collect();
            if !title.is_empty() {
                line += &format!(", {title}");
            }
        }
        line
    }
}
