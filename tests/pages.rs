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

/// Looks at a page at every width, by day and by night.
fn look_at(place: &Workplace, page: &str, sounds: u64) {
    reads_well(&std::fs::read_to_string(place.path(page)).unwrap(), page);
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
        let named = "[...document.querySelectorAll('audio')]
            .filter(a => a.getAttribute('aria-label') && a.closest('figure').querySelector('figcaption').innerText).length";
        assert_eq!(evaluate(&tab, named), sounds, "{page}: what can be heard says what it is");
        for scheme in ["light", "dark"] {
            tab.call_method(night(scheme)).unwrap();
            let faint = evaluate(&tab, FAINT);
            assert_eq!(faint, serde_json::json!([]), "{page} in {scheme}");
        }
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

/// That a page says what made it, and marks code up as such.
fn reads_well(html: &str, page: &str) {
    let told = html.split("<p class=\"origin\">").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(
        told.starts_with(concat!("Gradus ", env!("CARGO_PKG_VERSION"))) && told.contains(" UTC: <code>gradus "),
        "{told}"
    );
    // A config may hold a script with backticks of its own.
    let outside = html.split("<pre>").map(|part| part.split("</pre>").last().unwrap());
    assert!(!outside.collect::<String>().contains('`'), "{page} has a backtick");
}

fn night(scheme: &str) -> Emulation::SetEmulatedMedia {
    let feature = Emulation::MediaFeature { name: "prefers-color-scheme".to_owned(), value: scheme.to_owned() };
    Emulation::SetEmulatedMedia { media: None, features: Some(vec![feature]) }
}

/// The texts whose contrast to what is behind them is below 4.5 to 1 (WCAG 2.2, level AA).
const FAINT: &str = "(() => {
    const numbers = colour => (colour.match(/[0-9.]+/g) || []).map(Number);
    const light = colour => {
        const [r, g, b] = numbers(colour).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = e => {
        for (; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if ((numbers(colour)[3] ?? 1) > 0.5) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    return [...document.querySelectorAll('body *')]
        .filter(e => !e.closest('svg') && e.offsetParent)
        .filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim()))
        .filter(e => {
            const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
        })
        .map(e => e.outerHTML.slice(0, 100));
})()";

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
