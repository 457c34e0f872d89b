//! Progress bars on stderr, for anything that lasts.

use std::time::Duration;

use dirsim_sync::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar that shows up on a terminal only, and only when the work takes a while.
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// Starts a bar.
    pub(crate) fn new(what: &str) -> Self {
        let bar = ProgressBar::new(0);
        let style = "{spinner} {msg:28} {bar:30} {human_pos:>9} / {human_len} {eta:>4}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// Moves the bar.
    pub(crate) fn report(&self, progress: &Progress) {
        self.bar.set_length(progress.total.max(progress.done));
        self.bar.set_position(progress.done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
