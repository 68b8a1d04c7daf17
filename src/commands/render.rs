//! `gradus render`: MIDI files become sound.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_music::{Score, midi};
use serde::Serialize;

use crate::{
    output,
    run::write_atomic,
    sound::{self, Instrument, SoundFont},
};

/// The arguments of `gradus render`.
#[derive(clap::Args)]
#[command(after_help = "\
Without a SoundFont every part is played by a synthesizer that is built in, which needs no other file. With one, each part is \
played by its General MIDI instrument. The loudest moment has the same level in every file. Pieces of more than 60 minutes are \
refused.

Examples:
  gradus render tune.mid
  gradus render tune.mid --soundfont my.sf2 --out sound")]
pub struct Args {
    /// MIDI files
    #[arg(required = true, value_name = "FILE.mid")]
    files: Vec<PathBuf>,
    /// A SoundFont to play with; without one, the built-in synthesiser plays
    #[arg(long, value_name = "FILE.sf2")]
    soundfont: Option<PathBuf>,
    /// The WAV file, or a folder for several; beside each MIDI file if not given
    #[arg(long, value_name = "FILE.wav|DIR")]
    out: Option<PathBuf>,
    /// Replace WAV files that are there already
    #[arg(long)]
    force: bool,
    /// Print one JSON document: [{"midi", "wav", "seconds", "channels", "rate"}, ...]
    #[arg(long)]
    json: bool,
}

/// A piece, where it came from, and where its sound goes.
struct Order {
    midi: PathBuf,
    wav: PathBuf,
    score: Score,
}

#[derive(Serialize)]
struct Rendered {
    midi: PathBuf,
    wav: PathBuf,
    seconds: f64,
    channels: u16,
    rate: u32,
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
            if let Some(folder) = order.wav.parent() {
                fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
            }
            write_atomic(&order.wav, &wave)?;
            let rendered = Rendered::new(order, &wave)?;
            if !self.json {
                // Files are written even if nobody reads on.
                told = told.and(output::text(format!("{}  {:.1} s", rendered.wav.display(), rendered.seconds)));
            }
            all.push(rendered);
        }
        if self.json { output::json(&all) } else { Ok(told?) }
    }

    /// Reads every file, and refuses what would be overwritten, before anything is written.
    fn orders(&self) -> anyhow::Result<Vec<Order>> {
        let mut orders = Vec::new();
        for path in &self.files {
            let scores = midi::read(path)?.scores;
            let several = scores.len() > 1;
            for (number, score) in (1..).zip(scores) {
                let number = several.then_some(number);
                orders.push(Order { midi: path.clone(), wav: self.wav(path, number), score });
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

impl Rendered {
    /// Tells of a file what its header says.
    fn new(order: Order, wave: &[u8]) -> anyhow::Result<Self> {
        let reader = hound::WavReader::new(wave)?;
        let spec = reader.spec();
        let seconds = f64::from(reader.duration()) / f64::from(spec.sample_rate);
        Ok(Self { midi: order.midi, wav: order.wav, seconds, channels: spec.channels, rate: spec.sample_rate })
    }
}
