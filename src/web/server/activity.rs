//! What happens on one connection, and when it has been silent for too long.
//!
//! hyper's timers begin with the headers of HTTP/1; before them (a first byte, half an HTTP/2 preface) and after them (half a
//! body, an answer nobody takes) it waits for ever. These bounds are the connection's own, whatever is spoken on it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Instant, Sleep, sleep_until, timeout},
};

use super::Limits;

/// Where a connection stands.
#[derive(Debug, Clone, Copy, Default)]
struct Stage {
    /// Requests that have begun at all.
    begun: u64,
    /// Requests that are being worked on.
    working: usize,
    /// Times the other side took something of an answer.
    taken: u64,
}

/// Notes what happens on a connection.
#[derive(Debug, Clone)]
pub(super) struct Activity(watch::Sender<Stage>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Stage::default()))
    }

    /// A request has begun; it is being worked on until the guard is dropped.
    pub(super) fn begin(&self) -> Working {
        self.0.send_modify(|stage| {
            stage.begun += 1;
            stage.working += 1;
        });
        Working(self.clone())
    }

    /// Ends when nothing has happened for as long as it may.
    pub(super) async fn silence(&self, limits: &Limits) {
        let mut stages = self.0.subscribe();
        loop {
            let stage = *stages.borrow_and_update();
            let bound = match stage {
                // How long work takes is the handler's affair; what it reads has bounds of its own.
                Stage { working: 1.., .. } => {
                    let _sender_lives = stages.changed().await;
                    continue;
                }
                Stage { begun: 0, .. } => limits.first_request,
                Stage { .. } => limits.idle,
            };
            if timeout(bound, stages.changed()).await.is_err() {
                return;
            }
        }
    }
}

/// A request that is being worked on.
pub(super) struct Working(Activity);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.0.send_modify(|stage| stage.working -= 1);
    }
}

/// A stream that notes when the other side takes something: hyper lets go of a body before all of it is written.
pub(super) struct Watched<S> {
    pub(super) stream: S,
    pub(super) activity: Activity,
}

impl<S> Watched<S> {
    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.activity.0.send_modify(|stage| stage.taken += 1);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A request's body that has to keep coming: each piece within a time, all of it at a least speed.
pub(super) struct Arriving<B> {
    body: B,
    limits: Limits,
    began: Instant,
    bytes: u64,
    late: Pin<Box<Sleep>>,
}

impl<B> Arriving<B> {
    pub(super) fn new(body: B, limits: Limits) -> Self {
        let began = Instant::now();
        Self { body, limits, began, bytes: 0, late: Box::pin(sleep_until(began + limits.body_piece)) }
    }

    fn deadline(&self) -> Instant {
        let allowed = self.limits.body + Duration::from_secs(self.bytes / self.limits.body_bytes_a_second);
        (Instant::now() + self.limits.body_piece).min(self.began + allowed)
    }
}

/// The body stopped coming.
#[derive(Debug, thiserror::Error)]
#[error("the request's body came too slowly")]
struct TooSlow;

impl<B> HttpBody for Arriving<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
                self.bytes += data.len() as u64;
            }
            let deadline = self.deadline();
            self.late.as_mut().reset(deadline);
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        ready!(self.late.as_mut().poll(cx));
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
