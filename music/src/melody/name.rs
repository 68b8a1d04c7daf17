//! What the name of a voice says of its part in a piece.

/// What a voice is by its name, the likelier melody later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// It goes with a melody: `Backing vocals`, `Bass`, `Pad`.
    Accompaniment,
    /// Nothing is said: `Flute`, or an instrument such as `Voice Oohs`.
    Unknown,
    /// An instrument that leads: `Lead guitar`.
    Lead,
    /// One of several who sing, and not the highest: `Tenor voice`.
    Part,
    /// The melody, or a singer: `Melody`, `Vox`, `Soprano`.
    Melody,
    /// The first of several singers or melodies: `Lead vocal`.
    LeadMelody,
}

/// Words for who sings.
const SINGERS: &[&str] = &[
    "voice", "voices", "vocal", "vocals", "vox", "chant", "canto", "gesang", "sing", "singer", "singing", "soprano",
    "sopran", "cantus",
];
/// Words for the melody, whatever plays it.
const MELODIES: &[&str] = &["melody", "melodie", "melodia", "mélodie"];
/// Words for the first of several.
const FIRST: &[&str] = &["lead", "main"];
/// Singers below the highest.
const LOWER: &[&str] = &["alto", "contralto", "mezzo", "tenor", "tenore", "baritone", "bariton"];
/// Words for voices that go with another: not the melody, though they sing.
const BACKING: &[&str] = &[
    "backing",
    "backup",
    "background",
    "back",
    "bg",
    "bgv",
    "bgvs",
    "bv",
    "bvs",
    "harmony",
    "harmonies",
    "harm",
    "choir",
    "chor",
    "coro",
    "double",
    "doubles",
    "doubled",
    "dbl",
    "dub",
    "echo",
    "delay",
    "counter",
    "descant",
    "response",
    "adlib",
    "adlibs",
    "countermelody",
    "accompaniment",
    "accomp",
];
/// Words for what goes with a melody and does not sing.
const GROUND: &[&str] = &[
    "bass",
    "pad",
    "pads",
    "drum",
    "drums",
    "percussion",
    "perc",
    "timpani",
    "chord",
    "chords",
    "comp",
    "comping",
    "rhythm",
    "arp",
    "arps",
    "arpeggio",
    "arpeggios",
    "tremolo",
    "drone",
    "ostinato",
    "click",
    "metronome",
    "fx",
    "sfx",
    "left",
    "lh",
];
/// Words for sounds that only imitate a voice: `Voice Oohs`, `Synth Voice`, `Vox Humana`.
const SOUNDS: &[&str] = &[
    "ooh",
    "oohs",
    "aah",
    "aahs",
    "ahs",
    "ohs",
    "doo",
    "synth",
    "syn",
    "synthesizer",
    "organ",
    "humana",
    "pad",
    "pads",
    "space",
    "analog",
    "digital",
    "fx",
];
/// Sounds of General MIDI that are called leads: `Lead 1 (square)`, and others after them.
const LEAD_SOUNDS: &[&str] =
    &["square", "sawtooth", "saw", "calliope", "chiff", "chiffer", "charang", "fifths", "5ths", "bass"];
/// Instruments that are called by the range of a singer: `Soprano Sax`.
const INSTRUMENTS: &[&str] = &[
    "sax",
    "saxophone",
    "recorder",
    "clarinet",
    "flute",
    "trombone",
    "cornet",
    "horn",
    "ukulele",
    "guitar",
    "banjo",
    "drum",
    "drums",
    "viol",
    "oboe",
    "bugle",
];
/// Words that a title is not made of, in whatever company they are.
const NEVER_TITLES: &[&str] = &["vocal", "vocals", "vox"];
/// Words that tell one track from another and say nothing else.
const NEUTRAL: &[&str] = &["track", "trk", "channel", "ch", "part", "line", "staff", "midi"];

impl Role {
    /// The role of a voice of this name.
    pub(super) fn of(name: &str) -> Role {
        let words = words(name);
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        let leads = has(FIRST);
        let is_instrument = has(INSTRUMENTS);
        let sings = !has(SOUNDS) && words.iter().any(|word| sings(word, is_instrument)) && !is_lead_sound(&words);
        let is_melody = has(MELODIES);
        if !sings && !is_melody {
            return match () {
                () if has(BACKING) => Role::Accompaniment,
                () if words.iter().any(|word| word == "lead") && !has(LEAD_SOUNDS) && !is_lead_sound(&words) => {
                    Role::Lead
                }
                () if has(GROUND) => Role::Accompaniment,
                () => Role::Unknown,
            };
        }
        match () {
            () if has(BACKING) && !leads => {
                // A choir's sopranos sing its melody, if nobody else does.
                if words.iter().any(|word| word.starts_with("sopran")) { Role::Part } else { Role::Accompaniment }
            }
            () if has(&["bass"]) => Role::Unknown,
            () if has(LOWER) && !is_instrument && !leads => Role::Part,
            () if leads && !has(BACKING) => Role::LeadMelody,
            () => Role::Melody,
        }
    }

    /// The role of a voice whose name may be the title of its piece: it counts if it holds no word that a title would be
    /// made of.
    pub(super) fn of_possible_title(name: &str) -> Role {
        let known = [SINGERS, MELODIES, FIRST, LOWER, BACKING, NEUTRAL];
        let is_known = |word: &str| known.iter().any(|words| words.contains(&word)) || is_number(word);
        let words = words(name);
        let is_role = words.iter().all(|word| is_known(word));
        if is_role || words.iter().any(|word| NEVER_TITLES.contains(&word.as_str())) {
            Role::of(name)
        } else {
            Role::Unknown
        }
    }
}

fn sings(word: &str, is_instrument: bool) -> bool {
    SINGERS.contains(&word) && !(is_instrument && word.starts_with("sopran"))
}

/// Whether a name is `Lead 6 (voice)`, an instrument of General MIDI.
fn is_lead_sound(words: &[String]) -> bool {
    matches!(words, [lead, six, voice, ..] if lead == "lead" && six == "6" && voice == "voice")
}

/// Whether a word tells one of several apart, as 2 or B does.
fn is_number(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_digit()) || word.chars().count() == 1
}

/// The words of a name in lower case: `LeadVox_2` is `lead`, `vox`, `2`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_alphanumeric() {
            let is_new_word = !before.is_alphanumeric()
                || (before.is_lowercase() && letter.is_uppercase())
                || before.is_numeric() != letter.is_numeric();
            if is_new_word {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_letters_digits_and_capitals_do() {
        assert_eq!(words("LeadVox_2"), ["lead", "vox", "2"]);
        assert_eq!(words("  VOX (channel 4)"), ["vox", "channel", "4"]);
        assert_eq!(words("Mélodie1"), ["mélodie", "1"]);
        assert!(words("-- ()").is_empty());
    }

    #[test]
    fn singers_and_melodies_are_found_by_whole_words() {
        for name in [
            "Voice",
            "vocals",
            "VOX",
            "Vox1",
            "Melody",
            "Chant",
            "Canto",
            "Gesang",
            "Sing",
            "Soprano",
            "SOPRANO 1",
            "Cantus",
            "Vocals (Alto Sax)",
            "Melody - Flute",
            "Verse vocals",
            "Mélodie",
        ] {
            assert_eq!(Role::of(name), Role::Melody, "{name}");
        }
        for name in
            ["Flute", "Invoice", "Leader", "Melodyne", "Enchanted", "Using", "Processing", "Piano", "", "SynVox"]
        {
            assert_eq!(Role::of(name), Role::Unknown, "{name}");
        }
    }

    #[test]
    fn the_lead_comes_before_other_singers_and_backing_behind_everybody() {
        let ascending = ["Backing vocals", "Violin", "Lead guitar", "Alto voice", "Vocal", "Lead vocal"].map(Role::of);
        assert!(ascending.is_sorted_by(|lower, higher| lower < higher), "{ascending:?}");
        for name in ["Vox BG", "BGV", "Harmony vocals", "Choir", "Vocal double", "Counter-melody", "backup singer"] {
            assert_eq!(Role::of(name), Role::Accompaniment, "{name}");
        }
        assert_eq!(Role::of("Main melody"), Role::LeadMelody);
    }

    #[test]
    fn instruments_that_are_called_like_voices_are_none() {
        for name in [
            "Voice Oohs",
            "Synth Voice",
            "Lead 1 (square)",
            "Lead 6 (voice)",
            "Vox Humana",
            "Space Voice",
            "Soprano Sax",
            "Alto Sax",
            "Square Lead",
            "Vox Organ",
        ] {
            assert_eq!(Role::of(name), Role::Unknown, "{name}");
        }
        for name in
            ["Choir Aahs", "Pad 4 (choir)", "Synth Bass 1", "Synth Choir", "Rhythm guitar", "Lead 8 (bass + lead)"]
        {
            assert_eq!(Role::of(name), Role::Accompaniment, "{name}");
        }
        assert_eq!(Role::of("Synth lead"), Role::Lead);
    }

    #[test]
    fn a_title_is_no_role_unless_it_says_nothing_else() {
        for title in ["Unchained Melody", "Lead Me On", "Gregorian Chant", "The Voice Within", "Sing a Song", "Drone"] {
            assert_eq!(Role::of_possible_title(title), Role::Unknown, "{title}");
        }
        for name in ["Melody", "Voice 1", "Soprano", "Anna Vox", "Verse vocals"] {
            assert_eq!(Role::of_possible_title(name), Role::Melody, "{name}");
        }
        assert_eq!(Role::of_possible_title("Lead vocal"), Role::LeadMelody);
    }
}
