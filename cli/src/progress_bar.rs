//! Shows the progress of a command, only on a terminal.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use flow_oa_files::Progress;
use flow_oa_schema::printable::in_line;
use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar that follows the counters of a command until it is dropped.
pub(crate) struct Bar {
    done: Arc<AtomicBool>,
    follower: Option<JoinHandle<()>>,
}

const WITH_TOTAL: &str = "{prefix} {bar:30} {percent:>3}%  {msg}  {eta} left";
const WITHOUT_TOTAL: &str = "{prefix} {spinner} {msg}";

impl Bar {
    /// Starts to follow `progress`. Shows nothing if `quiet` is set, or if the error output is not a terminal or is
    /// JSON.
    pub(crate) fn follow(progress: &Progress, what: &str, quiet: bool) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        if quiet || crate::log::is_json() || !std::io::stderr().is_terminal() {
            return Self { done, follower: None };
        }
        let (progress, stop, what) = (progress.clone(), Arc::clone(&done), in_line(what).into_owned());
        let follower = std::thread::spawn(move || draw(&progress, &stop, what));
        Self { done, follower: Some(follower) }
    }
}

fn draw(progress: &Progress, stop: &AtomicBool, what: String) {
    let bar = ProgressBar::new(0);
    bar.set_prefix(what);
    let start = std::time::Instant::now();
    let mut shown_total = None;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        let (bytes, total, rows) = progress.counts();
        if shown_total != Some(total) {
            let template = if total > 0 { WITH_TOTAL } else { WITHOUT_TOTAL };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_length(total);
            shown_total = Some(total);
        }
        let rate = rows as f64 / start.elapsed().as_secs_f64();
        bar.set_position(bytes);
        bar.set_message(format!("{rows} rows, {rate:.0} rows/s"));
    }
    bar.finish_and_clear();
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(follower) = self.follower.take() {
            // A bar that could not be drawn is not worth a message.
            let _ = follower.join();
        }
    }
}
