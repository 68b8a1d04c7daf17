//! Room for experience.

use sysinfo::System;

use crate::error::AgentError;

/// Refuses the setting `key` if the transitions that it asks for take more bytes than are free.
pub(crate) fn refuse_excess(key: &str, transitions: usize, bytes: u64, remedy: &str) -> Result<(), AgentError> {
    let free = available();
    if bytes <= free {
        return Ok(());
    }
    let problem = format!("{transitions} transitions take {} MiB, and {} are free", bytes >> 20, free >> 20);
    Err(AgentError::config(key, problem, remedy))
}

/// Memory that this process may still take, in bytes.
fn available() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let free = system.available_memory();
    system.cgroup_limits().map_or(free, |limits| limits.free_memory.min(free))
}
