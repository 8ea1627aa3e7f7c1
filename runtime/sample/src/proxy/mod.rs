//! The web requests of the sample day, as the office's proxy would log them; the documentation of the crate tells their
//! story.

mod attack;
mod traffic;

use std::fmt;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};

use jiff::civil::Date;

use super::chance::Chance;
use super::logged::{Logged, partition};
use super::row::{Row, Service};

/// A request of a client to the proxy. Texts are `-` where the proxy knows none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Milliseconds since midnight.
    time: u64,
    client: Ipv4Addr,
    host: String,
    server: Ipv4Addr,
    method: Method,
    agent: Agent,
    content: &'static str,
    status: u16,
    category: &'static str,
    referer: String,
    path: String,
    query: String,
    /// Milliseconds.
    duration: u64,
    /// Bytes from the proxy to the client.
    received: u64,
    /// Bytes from the client to the proxy.
    sent: u64,
    stage: Option<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Head,
    Post,
    /// A tunnel for HTTPS, of which the proxy sees nothing but the host.
    Connect,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Connect => "CONNECT",
        }
    }

    /// Scheme and port of the URL.
    fn scheme(self) -> (&'static str, u16) {
        match self {
            Self::Get | Self::Head | Self::Post => ("http", 80),
            Self::Connect => ("tcp", 443),
        }
    }
}

/// The text that a program sends which sends requests; `#` stands for a version, which differs between clients. Programs
/// and systems are invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Agent(&'static str);

/// A stage of the attack, in chronological order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// A program is downloaded from an address.
    Download,
    /// An unknown program requests one URL every ten minutes.
    Beacon,
    /// Files are uploaded.
    Upload,
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Download => "program downloaded from an address",
            Self::Beacon => "one URL requested every ten minutes",
            Self::Upload => "files uploaded at night",
        })
    }
}

impl Request {
    /// Marks the request as part of the attack, and sets its time.
    fn staged(self, stage: Stage, time: u64) -> Self {
        Self { stage: Some(stage), time, ..self }
    }

    /// Host, path and query; each of the last two only if it is longer than one character.
    fn url(&self) -> String {
        let parts = [&self.path, &self.query].map(|part| if part.len() > 1 { part.as_str() } else { "" });
        format!("{}{}", self.host, parts.concat())
    }

    fn agent(&self) -> String {
        self.agent.0.replace('#', &(self.client.octets()[3] % 3).to_string())
    }

    /// The extension of the path.
    fn extension(&self) -> &str {
        let file = self.path.rsplit('/').next().unwrap_or_default();
        file.rsplit_once('.').map_or("-", |(_, extension)| extension)
    }

    fn clock(&self) -> String {
        let seconds = self.time / 1000;
        format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

impl Row for Request {
    type Stage = Stage;

    const SERVICES: &'static [Service<Self>] = &traffic::SERVICES;

    fn attack(rows: u64, chance: &mut Chance) -> Vec<Self> {
        attack::story(rows, chance)
    }

    fn time(&self) -> u64 {
        self.time
    }

    fn at(self, time: u64) -> Self {
        Self { time, ..self }
    }

    fn stage(&self) -> Option<Stage> {
        self.stage
    }

    const LABELLED: &'static str = "p_date,p_time,clientip,fulluri";

    fn labelled(&self, date: Date) -> String {
        format!("{date},{},{},{}", self.clock(), self.client, self.url())
    }

    fn source(&self) -> IpAddr {
        self.client.into()
    }

    fn target(&self) -> String {
        self.host.clone()
    }
}

impl Logged for Request {
    /// The columns of Spot's table `proxy`.
    const HEADER: &'static str = "p_date,p_time,clientip,host,reqmethod,useragent,resconttype,duration,username,\
        authgroup,exceptionid,filterresult,webcat,referer,respcode,action,urischeme,uriport,uripath,uriquery,\
        uriextension,serverip,scbytes,csbytes,virusid,bcappname,bcappoper,fulluri,y,m,d,h";

    fn write(&self, date: Date, out: &mut dyn Write) -> io::Result<()> {
        let (scheme, port) = self.method.scheme();
        let (time, agent, extension, url) = (self.clock(), self.agent(), self.extension(), self.url());
        let Self { client, host, server, content, status, category, .. } = self;
        let Self { referer, path, query, duration, received, sent, .. } = self;
        let method = self.method.name();
        let partition = partition(date, self.time);
        writeln!(
            out,
            "{date},{time},{client},{host},{method},{agent},{content},{duration},-,-,-,OBSERVED,{category},{referer},\
             {status},TCP_NC_MISS,{scheme},{port},{path},{query},{extension},{server},{received},{sent},-,none,none,\
             {url},{partition}"
        )
    }
}
