//! Tells the person that work goes on, when it goes on for more than a second, with a button to end it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};
use tower_lsp::gen_lsp_types::{ProgressToken, WorkDoneProgressCancelParams};

use super::cache::lock;
use super::session::Session;

/// Work that takes less is not spoken of.
const PATIENCE: Duration = Duration::from_secs(1);

/// The flags of the work that is being shown, by token.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    flags: Mutex<HashMap<String, Arc<AtomicBool>>>,
    last: AtomicU32,
}

impl Shown {
    /// The person pressed the button.
    pub(crate) fn cancel(&self, params: &WorkDoneProgressCancelParams) {
        if let ProgressToken::String(token) = &params.token
            && let Some(flag) = lock(&self.flags).get(token)
        {
            flag.store(true, Ordering::Relaxed);
        }
    }

    fn begin(&self, cancelled: &Arc<AtomicBool>) -> String {
        let token = format!("pickle-lsp/{}", self.last.fetch_add(1, Ordering::Relaxed));
        lock(&self.flags).insert(token.clone(), cancelled.clone());
        token
    }
}

/// Shows progress until the answer is dropped; nothing for a client that shows none.
pub(crate) fn watch(
    session: &Arc<Session>,
    about: &str,
    cancelled: &Arc<AtomicBool>,
) -> Option<oneshot::Sender<()>> {
    if !session.client_can().progress || about.is_empty() {
        return None;
    }
    let (sender, mut ended) = oneshot::channel();
    let (session, about, cancelled) = (session.clone(), about.to_owned(), cancelled.clone());
    session.runtime.clone().spawn(async move {
        tokio::select! {
            _ = &mut ended => {}
            () = sleep(PATIENCE) => show(&session, &about, &cancelled, ended).await,
        }
    });
    Some(sender)
}

async fn show(session: &Session, about: &str, cancelled: &Arc<AtomicBool>, mut ended: oneshot::Receiver<()>) {
    let begun = Instant::now();
    let token = session.progress.begin(cancelled);
    let progress = ProgressToken::String(token.clone());
    if session.client.create_work_done_progress(progress.clone()).await.is_ok() {
        let title = format!("Reading {about}");
        let shown = session.client.progress(progress, title).with_cancel_button().begin().await;
        let mut next = begun + PATIENCE;
        loop {
            next += PATIENCE;
            tokio::select! {
                _ = &mut ended => break,
                () = sleep_until(next) => {
                    let seconds = (PATIENCE + begun.elapsed()).as_secs();
                    shown.report_with_message(format!("{seconds} s"), Some(true)).await;
                }
            }
        }
        shown.finish().await;
    }
    lock(&session.progress.flags).remove(&token);
}
