//! Every page in a browser: it loads without an error, asks for nothing outside, fits a telephone and a large screen,
//! and what is to be heard can be heard.
//!
//! Where no Chromium is installed the tests say so and check nothing, unless `GRADUS_REQUIRE_BROWSER` is set.

#![allow(clippy::unwrap_used)]

mod common;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::Workplace;
use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::protocol::cdp::{Emulation, Network};
use headless_chrome::{Browser, LaunchOptions, Tab};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Widths in pixels at which a page must be readable: a telephone and a large screen.
const WIDTHS: [u32; 2] = [400, 1_400];

/// A browser, if there is one.
#[expect(clippy::print_stderr, reason = "whoever runs the tests should know what was not tested")]
fn browser() -> Option<Browser> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let mut candidates = BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let Some(path) = candidates.find(|path| path.is_file()) else {
        assert!(std::env::var_os("GRADUS_REQUIRE_BROWSER").is_none(), "no browser on the path: install chromium");
        eprintln!("SKIPPED: no browser on the path, so no page was looked at; install chromium");
        return None;
    };
    let options = LaunchOptions {
        path: Some(path),
        // Tests may run as root, which Chromium's sandbox refuses.
        sandbox: false,
        args: vec![OsStr::new("--autoplay-policy=no-user-gesture-required"), OsStr::new("--mute-audio")],
        idle_browser_timeout: Duration::from_mins(5),
        ..LaunchOptions::default()
    };
    Some(Browser::new(options).unwrap())
}

/// What a page did while it was open.
#[derive(Default)]
struct Log {
    requests: Vec<String>,
    errors: Vec<String>,
}

/// Opens a page of a file and notes what it does from its first request on.
fn open(browser: &Browser, file: &Path, width: u32) -> (Arc<Tab>, Arc<Mutex<Log>>) {
    let tab = browser.new_tab().unwrap();
    tab.set_default_timeout(Duration::from_mins(1));
    let log = Arc::new(Mutex::new(Log::default()));
    let noted = Arc::clone(&log);
    let listener = move |event: &Event| {
        let mut log = noted.lock().unwrap();
        match event {
            Event::NetworkRequestWillBeSent(sent) => log.requests.push(sent.params.request.url.clone()),
            Event::RuntimeExceptionThrown(thrown) => log.errors.push(thrown.params.exception_details.text.clone()),
            Event::LogEntryAdded(added) => log.errors.push(added.params.entry.text.clone()),
            Event::RuntimeConsoleAPICalled(called) => log.errors.push(format!("{:?}", called.params)),
            _ => {}
        }
    };
    tab.add_event_listener(Arc::new(listener)).unwrap();
    tab.enable_log().unwrap().enable_runtime().unwrap();
    tab.call_method(Network::Enable {
        max_total_buffer_size: None,
        max_resource_buffer_size: None,
        max_post_data_size: None,
        report_direct_socket_traffic: None,
        enable_durable_messages: None,
    })
    .unwrap();
    tab.call_method(screen(width)).unwrap();
    tab.navigate_to(&format!("file://{}", file.display())).unwrap().wait_until_navigated().unwrap();
    (tab, log)
}

fn screen(width: u32) -> Emulation::SetDeviceMetricsOverride {
    Emulation::SetDeviceMetricsOverride {
        width,
        height: 900,
        device_scale_factor: 1.0,
        mobile: width < 800,
        scale: None,
        screen_width: None,
        screen_height: None,
        position_x: None,
        position_y: None,
        dont_set_visible_size: None,
        screen_orientation: None,
        viewport: None,
        display_feature: None,
        device_posture: None,
    }
}

/// The value of an expression, waited for.
fn evaluate(tab: &Tab, expression: &str) -> serde_json::Value {
    let expression = format!("(async () => JSON.stringify(await ({expression})))()");
    let text = tab.evaluate(&expression, true).unwrap().value.unwrap();
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

/// Looks at a page at every width.
fn look_at(place: &Workplace, page: &str, sounds: u64) {
    let Some(browser) = browser() else { return };
    let file = place.path(page).canonicalize().unwrap();
    for width in WIDTHS {
        let (tab, log) = open(&browser, &file, width);
        assert_eq!(evaluate(&tab, "innerWidth"), width, "{page}");
        let wide = evaluate(&tab, "document.scrollingElement.scrollWidth").as_u64().unwrap();
        assert!(wide <= u64::from(width), "{page} is {wide} pixels wide where there are {width}");
        let smallest = evaluate(
            &tab,
            "Math.min(...[...document.querySelectorAll('body *')]
                .filter(e => !e.closest('svg') && e.innerText && e.offsetParent)
                .map(e => parseFloat(getComputedStyle(e).fontSize)))",
        );
        assert!(smallest.as_f64().unwrap() >= 12.0, "{page} has letters of {smallest} pixels");
        assert_eq!(evaluate(&tab, "document.querySelectorAll('audio').length"), sounds, "{page}");
        if sounds > 0 {
            let heard = evaluate(&tab, LISTEN);
            assert_eq!(heard, serde_json::json!(vec![true; sounds as usize]), "{page}");
        }
        let log = log.lock().unwrap();
        assert_eq!(log.errors, [""; 0], "{page}");
        assert!(!log.requests.is_empty(), "the page itself is asked for");
        for request in &log.requests {
            let own = *request == format!("file://{}", file.display());
            assert!(own || request.starts_with("data:"), "{page} asks for {}", request.get(..200).unwrap_or(request));
        }
        tab.close(false).unwrap();
    }
}

/// Plays every sound until it has gone on; whether it did.
const LISTEN: &str = "(async () => {
    const heard = [];
    for (const sound of document.querySelectorAll('audio')) {
        const on = new Promise(done => {
            sound.ontimeupdate = () => { if (sound.currentTime > 0.05) done(true); };
            setTimeout(() => done(false), 10000);
        });
        await sound.play();
        heard.push(await on && sound.duration > 0.5);
        sound.pause();
    }
    return heard;
})()";

#[test]
fn the_page_of_a_score_in_a_browser() {
    let place = Workplace::new();
    place.write("pieces.json", "[[14, 1, 14, 1, 0, 1, 21, 1, 19, 18, 16, 14], [0, 1, 1, 1], [14, 16, 18, 14]]");
    place.output("score --tokens pieces.json --html score.html");
    look_at(&place, "score.html", 2);

    let Some(browser) = browser() else { return };
    let (tab, _) = open(&browser, &place.path("score.html").canonicalize().unwrap(), 1_400);
    let shown = "[...document.querySelectorAll('section:first-of-type .views > div')]
        .map(view => getComputedStyle(view).display != 'none').indexOf(true)";
    assert_eq!(evaluate(&tab, shown), 0, "the total comes first");
    evaluate(&tab, "document.querySelector('label[for=piece-1-3]').click(), 0");
    assert_eq!(evaluate(&tab, shown), 2, "a term is chosen without a program");
    let views = "[...document.querySelectorAll('section:first-of-type .views > div')]
        .filter(view => getComputedStyle(view).display != 'none').length";
    assert_eq!(evaluate(&tab, views), 1);
}

#[test]
fn the_pages_of_runs_in_a_browser() {
    let place = Workplace::new();
    place.output("train tiny.toml --out results/one --seed 0");
    place.output("train tiny.toml --out results/one --seed 1");
    place.output("train tiny.toml --out results/two --set agent.ppo.learning-rate=0.01");
    place.output("report results/one results/two --pieces 20");
    look_at(&place, "report.html", 6);
    place.output("compare results/one results/two --html compare.html");
    look_at(&place, "compare.html", 0);
}

#[test]
fn the_page_of_an_audit_in_a_browser() {
    let place = Workplace::new();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/rl-tuner.toml");
    place.output(&format!("audit {} --beam 2 --html audit.html", config.display()));
    look_at(&place, "audit.html", 2);
}

#[test]
fn the_page_of_a_corpus_in_a_browser() {
    let place = Workplace::new();
    place.output("corpus inspect --html corpus.html");
    look_at(&place, "corpus.html", 0);
}
