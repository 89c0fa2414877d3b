//! A photo of what hung at a stall: opened, drawn anew without whatever else its file carried, kept sealed.

use image::{DynamicImage, RgbImage, codecs::jpeg::JpegEncoder};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{
    receive::Sender,
    sealed::{self, Envelope, bound_to},
};
use crate::{
    app::{App, UseError},
    domain::{
        device::{PhoneClock, moment},
        ids::{MarketId, PhotoId, RecordId, StallId},
        scope::Act,
        time::DAY_MS,
    },
    store::{
        field_keys,
        field_photos::{self, NewPhoto},
        markets, stalls,
    },
};

/// A photo is at most this large when it comes.
const LARGEST: usize = 2 << 20;
/// And has at most this many pixels: the phone has made it smaller before.
const MOST_PIXELS: usize = 4_000_000;
/// Its longer side as it is kept.
const SIDE: u32 = 1_024;
const QUALITY: u8 = 80;

/// A photo as a phone sends it.
#[derive(Debug, Clone, Deserialize)]
pub struct SentPhoto {
    /// The record it belongs to.
    pub record_id: uuid::Uuid,
    /// In which market.
    pub market_id: MarketId,
    /// At which stall.
    pub stall_id: StallId,
    /// When it was taken, by the phone's clock.
    pub taken_at: i64,
    /// What that clock said at sending.
    pub sent_at: i64,
    /// The JPEG.
    pub sealed: Envelope,
}

/// Keeps a photo; `false` for a repeat. A phone that was taken off may still bring evidence: a photo changes nothing.
pub async fn keep(app: &App, sender: &Sender, id: uuid::Uuid, sent: SentPhoto) -> Result<bool, UseError> {
    let scope = markets::enter(&app.db, &sender.viewer, Act::Enrol, sent.market_id).await?;
    stalls::find(&app.db, &scope, sent.stall_id).await?.ok_or(UseError::NotFound)?;
    let key = field_keys::find(&app.db, &sent.sealed.key_id).await?;
    let key = key.ok_or_else(|| UseError::invalid("/sealed", "unopenable", "sealed to a key that is not ours"))?;
    let private = key.private(app.db.keys())?;
    let name = id.hyphenated().to_string();
    let bound = bound_to(&name, "photo", &sent.market_id.to_string(), &sent.stall_id.to_string());
    let bytes = sealed::open(&sent.sealed, &private, &bound)
        .map_err(|error| UseError::invalid("/sealed", "unopenable", error.to_string()))?;
    let content_hash = Sha256::digest(&bytes).to_vec();
    let jpeg = tokio::task::spawn_blocking(move || drawn_anew(&bytes))
        .await
        .map_err(|_| crate::store::StoreError::Damaged("photo"))?
        .map_err(|code| UseError::invalid("/sealed", code, "expected a JPEG of at most 2 MiB and 4 million pixels"))?;
    let now = app.clock.now();
    let bound_at = sender.device.map_or(now.plus(-30 * DAY_MS), |(_, at)| at);
    let new = NewPhoto {
        id: PhotoId::from_uuid(id),
        record_id: RecordId::from_uuid(sent.record_id),
        stall_id: sent.stall_id,
        device_id: sender.device.map(|(id, _)| id),
        taken_by: sender.viewer.actor(),
        taken_at: moment(PhoneClock { at: sent.taken_at, offset: None }, sent.sent_at, now, bound_at),
        content_hash,
        jpeg,
    };
    app.db
        .write(move |tx| {
            let (scope, new) = (scope.clone(), new.clone());
            Box::pin(async move {
                if field_photos::insert(tx, &scope, &new, now).await? {
                    return Ok(true);
                }
                match field_photos::stored_hash(tx, &scope, new.id).await? {
                    Some(hash) if hash == new.content_hash => Ok(false),
                    _ => Err(UseError::Conflict("photo_differs")),
                }
            })
        })
        .await
}

/// Decodes a JPEG within bounds, makes it small, and writes it again: position and everything else its file carried is gone.
fn drawn_anew(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    if bytes.len() > LARGEST {
        return Err("image_too_large");
    }
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| "not_an_image")?;
    let (width, height) = decoder.dimensions().ok_or("not_an_image")?;
    if width == 0 || height == 0 || width.saturating_mul(height) > MOST_PIXELS {
        return Err("image_too_large");
    }
    let pixels = decoder.decode().map_err(|_| "not_an_image")?;
    let size = |side: usize| u32::try_from(side).map_err(|_| "image_too_large");
    let picture = RgbImage::from_raw(size(width)?, size(height)?, pixels).ok_or("not_an_image")?;
    let picture = DynamicImage::ImageRgb8(picture);
    let picture = if picture.width().max(picture.height()) > SIDE { picture.thumbnail(SIDE, SIDE) } else { picture };
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&picture).map_err(|_| "not_an_image")?;
    Ok(out)
}
