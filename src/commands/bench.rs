//! `gradus bench`: the speed of this machine.

use std::time::Duration;

use serde::Serialize;

use crate::{
    output,
    progress::note,
    speed::{self, Speed},
    threads::Threads,
};

/// The arguments of `gradus bench`.
#[derive(clap::Args)]
#[command(after_help = "\
Each line is the median of many rounds, told beside the share of its time that its matrix products alone take on this machine, \
timed in turn with it: the nearer to 100 %, the less is left to gain. A share above 100 % says that the products are faster among \
the other work than one after the other. Close other programs first.

Examples:
  gradus bench
  gradus bench --threads 1 --seconds 10 --json")]
pub struct Args {
    /// How long to measure each thing, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    version: &'static str,
    processor: String,
    threads: usize,
    speeds: Vec<Speed>,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        gradus_models::memory::keep_freed_memory();
        let pool = self.threads.pool()?;
        let each = Duration::from_secs(self.seconds);
        let speeds = pool.install(|| speed::measure(each, &mut |speed| note(speed.name)))?;
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            processor: processor(),
            threads: pool.current_num_threads(),
            speeds,
        };
        if self.json { Ok(output::json(&report)?) } else { Ok(output::text(table(&report))?) }
    }
}

fn table(report: &Report) -> String {
    let head = ["what", "a second", "", "matrix products' share", "setting"].map(str::to_owned).to_vec();
    let row = |speed: &Speed| {
        let floor = speed.floor.map_or_else(|| "has none".to_owned(), |floor| format!("{:.0} %", 100.0 * floor));
        vec![speed.name.to_owned(), rate(speed.rate), speed.unit.to_owned(), floor, speed.setting.to_owned()]
    };
    let Report { version, processor, threads, speeds } = report;
    let rows: Vec<_> = std::iter::once(head).chain(speeds.iter().map(row)).collect();
    format!(
        "gradus {version} on {processor}, {threads} {}\n{}",
        if *threads == 1 { "thread" } else { "threads" },
        output::table(&rows)
    )
}

/// Three digits that count.
fn rate(rate: f64) -> String {
    match rate {
        rate if rate >= 1e6 => format!("{:.2} million", rate / 1e6),
        rate if rate >= 1e4 => format!("{:.1} thousand", rate / 1e3),
        rate => format!("{rate:.0}"),
    }
}

fn processor() -> String {
    let system = sysinfo::System::new_with_specifics(
        sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing()),
    );
    let brand = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned());
    brand.filter(|brand| !brand.is_empty()).unwrap_or_else(|| "an unnamed processor".to_owned())
}
