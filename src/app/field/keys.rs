//! The key that phones seal records to.

use p256::SecretKey;

use crate::{
    app::{App, UseError},
    clock::random,
    domain::audit::Event,
    store::{
        StoreError,
        field_keys::{self, FieldKey},
    },
};

/// The newest key; made when there is none. Two that are made at once are both good.
pub async fn newest(app: &App) -> Result<FieldKey, UseError> {
    match field_keys::newest(&app.db).await? {
        Some(key) => Ok(key),
        None => make(app).await,
    }
}

/// Makes a key that phones use from their next call on; those before still open.
pub async fn make(app: &App) -> Result<FieldKey, UseError> {
    let now = app.clock.now();
    // 32 random bytes are no scalar of the curve once in four thousand million times.
    let secret = std::iter::repeat_with(random::<32>).take(64).find_map(|bytes| SecretKey::from_slice(&bytes).ok());
    let secret = secret.ok_or(StoreError::Damaged("field_keys"))?;
    let id = format!("fk_{}", data_encoding::HEXLOWER.encode(&random::<6>()));
    let (public, private) = (secret.public_key().to_sec1_bytes().to_vec(), zeroize::Zeroizing::new(secret.to_bytes().to_vec()));
    let made = id.clone();
    app.db
        .write(move |tx| {
            let (id, public, private) = (id.clone(), public.clone(), private.clone());
            Box::pin(async move {
                field_keys::insert(tx, &id, &public, &private, now).await?;
                let (actor, detail) = ("field".to_owned(), serde_json::json!({}));
                tx.ledger().installation_event(Event {
                    at: now,
                    actor,
                    action: "field_key.made",
                    subject: id,
                    stall: None,
                    detail,
                });
                Ok::<_, UseError>(())
            })
        })
        .await?;
    field_keys::find(&app.db, &made).await?.ok_or(UseError::Store(StoreError::Damaged("field_keys")))
}
