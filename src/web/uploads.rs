//! Forms that may carry a photo or a PDF: fields as text, the file as bytes, both bounded.

use std::collections::BTreeMap;

use axum::extract::Multipart;

use super::error::AppError;
use crate::app::see::{self, PhotoError};

/// The longest field of a form.
const LONGEST_FIELD: usize = 4_096;

/// A form as it was sent.
#[derive(Default)]
pub(super) struct Upload {
    fields: BTreeMap<String, String>,
    photos: BTreeMap<String, Vec<u8>>,
}

impl Upload {
    /// Reads a form; an empty file field counts as absent.
    pub(super) async fn read(mut form: Multipart) -> Result<Self, AppError> {
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(|_| AppError::BadRequest("bad_request"))? {
            let name = field.name().unwrap_or("").to_owned();
            let is_file = field.file_name().is_some();
            let bytes = field.bytes().await.map_err(|_| AppError::BadRequest("too_large"))?;
            if is_file {
                if !bytes.is_empty() {
                    upload.photos.insert(name, bytes.to_vec());
                }
            } else if bytes.len() <= LONGEST_FIELD {
                upload.fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            } else {
                return Err(AppError::BadRequest("too_large"));
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

    /// What a photo or a PDF shows; `None` when none was sent. Two different codes are never chosen between.
    pub(super) async fn code(&mut self, name: &str) -> Option<Shown> {
        let photo = self.photos.remove(name)?;
        let read = tokio::task::spawn_blocking(move || see::read_codes(&photo)).await.unwrap_or(Err(PhotoError::NotAnImage));
        Some(match read {
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

/// What was seen in a photo.
pub(super) enum Shown {
    /// One payload, however often.
    One(String),
    /// Different payloads: a person has to say which.
    Several(Vec<String>),
    /// None, and the stable word for why.
    Nothing(&'static str),
}
