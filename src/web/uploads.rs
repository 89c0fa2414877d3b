//! Forms that may carry a photo or a PDF: fields as text, the file as bytes, both bounded.

use std::collections::BTreeMap;

use axum::{
    extract::{Multipart, multipart::MultipartError},
    http::StatusCode,
};
use tokio::sync::Semaphore;

use super::error::AppError;
use crate::app::see::{self, PhotoError};

/// How many photos are decoded at once: one of 24 Mpx takes up to 96 MB while it is.
static DECODING: Semaphore = Semaphore::const_new(2);
/// How many may wait for that; whoever comes after is asked to come back.
static WAITING: Semaphore = Semaphore::const_new(16);

/// The longest field of a form.
const LONGEST_FIELD: usize = 4_096;

/// A form as it was sent.
#[derive(Default)]
pub(super) struct Upload {
    fields: BTreeMap<String, String>,
    photos: BTreeMap<String, Vec<u8>>,
    names: BTreeMap<String, String>,
}

impl Upload {
    /// Reads a form; an empty file field counts as absent.
    pub(super) async fn read(mut form: Multipart) -> Result<Self, AppError> {
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(refused)? {
            let name = field.name().unwrap_or("").to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let is_file = file_name.is_some();
            let bytes = field.bytes().await.map_err(refused)?;
            if is_file {
                if !bytes.is_empty() {
                    upload.names.insert(name.clone(), file_name.unwrap_or_default());
                    upload.photos.insert(name, bytes.to_vec());
                }
            } else if bytes.len() <= LONGEST_FIELD {
                upload.fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            } else {
                return Err(AppError::TooLarge);
            }
        }
        Ok(upload)
    }

    /// A field's text, trimmed; empty when it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.trim())
    }

    /// Whether a box was ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// A file that was sent.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.photos.get(name).map(Vec::as_slice)
    }

    /// What the sender calls a file.
    pub(super) fn file_name(&self, name: &str) -> &str {
        self.names.get(name).map_or("", String::as_str)
    }

    /// What a photo or a PDF shows; `None` when none was sent. Two different codes are never chosen between.
    pub(super) async fn code(&mut self, name: &str) -> Option<Shown> {
        let photo = self.photos.remove(name)?;
        let Ok(_place) = WAITING.try_acquire() else { return Some(Shown::Nothing("busy")) };
        let Ok(turn) = DECODING.acquire().await else { return Some(Shown::Nothing("busy")) };
        // The turn goes along: whoever hangs up leaves the decoding under way, and it must count until it ends.
        let decoding = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            see::read_codes(&photo)
        });
        Some(match decoding.await.unwrap_or(Err(PhotoError::NotAnImage)) {
            Ok(codes) => {
                let mut payloads: Vec<String> = Vec::new();
                for code in codes {
                    if !payloads.contains(&code.payload) {
                        payloads.push(code.payload);
                    }
                }
                if payloads.len() == 1 { Shown::One(payloads.remove(0)) } else { Shown::Several(payloads) }
            }
            Err(error) => Shown::Nothing(error.code()),
        })
    }
}

/// A form beyond the limit is told from one that broke off on the way.
fn refused(error: MultipartError) -> AppError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { AppError::TooLarge } else { AppError::BadRequest("bad_request") }
}

/// What was seen in a photo.
pub(super) enum Shown {
    /// One payload, however often.
    One(String),
    /// Different payloads: a person has to say which.
    Several(Vec<String>),
    /// None, and the stable word for why.
    Nothing(&'static str),
}
