//! What helps beside an error.

use std::{
    error::Error,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use gradus_agents::AgentError;
use gradus_envs::EnvError;
use gradus_music::MusicError;

use crate::{config::ConfigError, nearest, run::RunError, text::Unreadable};

/// The path that was meant, where an error comes from a file that is not there.
pub fn nearest_path(error: &anyhow::Error) -> Option<PathBuf> {
    let missing = error.chain().find_map(missing)?;
    nearest::path(missing).or_else(|| {
        // Those that come with gradus are often named alone.
        let is_config = error.downcast_ref::<ConfigError>().is_some() && missing.components().count() == 1;
        is_config.then(|| nearest::path(&Path::new("configs").join(missing))).flatten()
    })
}

/// The file or folder that an error says is not there.
fn missing<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a Path> {
    if let Some(RunError::Missing { path, remedy }) = cause.downcast_ref() {
        // The runs beside it are named already.
        return Some(path.as_path()).filter(|path| !path.exists() && !remedy.contains("did you mean"));
    }
    let (path, source) = if let Some(Unreadable { path, source }) = cause.downcast_ref() {
        (path, source)
    } else if let Some(ConfigError::Read { path, source } | ConfigError::Script { path, source }) = cause.downcast_ref()
    {
        (path, source)
    } else {
        let music = cause.downcast_ref::<MusicError>().or_else(|| match cause.downcast_ref()? {
            EnvError::Music(error) => Some(error),
            _ => None,
        });
        let music = music.or_else(|| match cause.downcast_ref()? {
            AgentError::Env(EnvError::Music(error)) => Some(error),
            _ => None,
        });
        let Some(MusicError::Read { path, source }) = music else { return None };
        (path, source)
    };
    (source.kind() == ErrorKind::NotFound).then_some(path)
}
