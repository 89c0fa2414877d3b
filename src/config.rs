//! The configuration: flags, each also an environment variable. A wrong value is refused at start by name.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::Args;

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// Folder of the data.
    #[arg(long, global = true, env = "CHOQR_DATA_DIR", default_value = "./data", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// The database: `sqlite://PATH`, by default `choqr.db` in the data folder, or `postgres://…`.
    #[arg(long, global = true, env = "CHOQR_DATABASE_URL", value_name = "URL")]
    pub database_url: Option<String>,
    /// The key file, by default `<data-dir>.key` beside the data folder. It is never inside it, nor in a backup.
    #[arg(long, global = true, env = "CHOQR_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// How the service is reached.
#[derive(Debug, Clone, Args)]
pub struct ListenArgs {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "CHOQR_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR:PORT", value_parser = socket)]
    pub listen: SocketAddr,
    /// The address people use, as `https://cho.example.vn`; links and codes carry it.
    #[arg(long, env = "CHOQR_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// A proxy in front whose `X-Forwarded-For` is believed; may be given more than once, or with commas between.
    #[arg(long, env = "CHOQR_TRUSTED_PROXY", value_name = "ADDR", value_delimiter = ',', value_parser = proxy)]
    pub trusted_proxy: Vec<IpAddr>,
    /// A listener of its own for `/metrics`; without it they are answered to this very machine only.
    #[arg(long, env = "CHOQR_METRICS_LISTEN", value_name = "ADDR:PORT", value_parser = socket)]
    pub metrics_listen: Option<SocketAddr>,
    /// A certificate chain in PEM; with it the service speaks HTTPS itself.
    #[arg(long, env = "CHOQR_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM.
    #[arg(long, env = "CHOQR_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

/// An address and a port of this machine.
fn socket(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "takes an IP address and a port, as in 127.0.0.1:8080 or [::]:8443")
}

/// The address of a proxy.
fn proxy(text: &str) -> Result<IpAddr, &'static str> {
    text.trim().parse().map_err(|_| "takes the proxy's IP address, as in 127.0.0.1 or 10.0.0.5")
}

/// An address without a path: `http://` or `https://` and a host.
fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', ' ', '?', '#', '@']) => Ok(url.to_owned()),
        _ => Err("takes http:// or https:// and a host, as in https://cho.example.vn".to_owned()),
    }
}

impl DataArgs {
    /// The database's address.
    #[must_use]
    pub fn url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| format!("sqlite://{}", self.data_dir.join("choqr.db").display()))
    }

    /// The file of an embedded database.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        self.url().strip_prefix("sqlite:").map(|path| PathBuf::from(path.trim_start_matches("//")))
    }

    /// The key file's path.
    #[must_use]
    pub fn key_path(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| {
            let mut path = self.data_dir.components().collect::<PathBuf>().into_os_string();
            path.push(".key");
            PathBuf::from(path)
        })
    }

    /// Makes the data folder, which only its owner may enter.
    pub fn make_dir(&self) -> std::io::Result<()> {
        make_private_dir(&self.data_dir)
    }
}

/// Makes a folder that only its owner may enter.
pub fn make_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
