//! The table, as Markdown.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;

use crate::tiles::Cold;
use crate::{Case, FEW, MANY, Outcome, Whole};

/// Everything that was measured.
pub struct Report<'a> {
    pub parcels: usize,
    pub cases: &'a [Case],
    pub outcomes: &'a [Outcome],
    /// Seconds until ready.
    pub start_up: f64,
    pub geojson_bytes: u64,
    pub memory_at_start: u64,
    pub memory_at_end: u64,
    /// Seconds for the whole collection, one page after the other.
    pub walk_nginx: f64,
    pub walk_langxanh: f64,
    pub whole_nginx: Whole,
    pub whole_langxanh: Whole,
    pub cold: Vec<Cold>,
}

impl Report<'_> {
    /// Prints the table and, given a file, keeps it there.
    pub fn print(&self, file: Option<PathBuf>) -> Result<()> {
        let text = self.markdown()?;
        std::io::stdout().write_all(text.as_bytes())?;
        if let Some(file) = file {
            std::fs::write(file, format!("# `make bench`\n\n{text}"))?;
        }
        Ok(())
    }

    fn markdown(&self) -> Result<String> {
        let cores = std::thread::available_parallelism()?;
        let mut out = String::new();
        writeln!(
            out,
            "{} parcels, {FEW} connections, {cores} cores shared by load and server, medians. The last column is one client's mean wait for an answer that was not asked for before.\n",
            self.parcels
        )?;
        writeln!(
            out,
            "| request | mean kB | nginx /s | langxanh /s | ratio | nginx MB/s | langxanh MB/s | nginx CPU ms | langxanh CPU ms | first time ms |"
        )?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for (case, Outcome { nginx, langxanh, ratio, .. }) in self.cases.iter().zip(self.outcomes) {
            writeln!(
                out,
                "| {} | {:.1} | {:.0} | {:.0} | **{:.2}** | {:.0} | {:.0} | {:.3} | {:.3} | {:.2} |",
                case.name,
                case.bytes as f64 / 1e3,
                nginx.per_second,
                langxanh.per_second,
                ratio,
                nginx.megabytes_per_second,
                langxanh.megabytes_per_second,
                nginx.cpu_ms,
                langxanh.cpu_ms,
                case.first_ms,
            )?;
        }
        writeln!(out, "\nHow long a request takes with {MANY} connections, half of them and 99 in 100 at most:\n")?;
        writeln!(out, "| request | nginx p50 ms | nginx p99 ms | langxanh p50 ms | langxanh p99 ms |")?;
        writeln!(out, "|---|---:|---:|---:|---:|")?;
        for (case, Outcome { nginx_crowded: nginx, langxanh_crowded: langxanh, .. }) in
            self.cases.iter().zip(self.outcomes)
        {
            writeln!(
                out,
                "| {} | {:.2} | {:.2} | {:.2} | {:.2} |",
                case.name, nginx.half_ms, nginx.most_ms, langxanh.half_ms, langxanh.most_ms
            )?;
        }
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let times = |bytes: u64| bytes as f64 / self.geojson_bytes as f64;
        let (start, end) = (self.memory_at_start, self.memory_at_end);
        writeln!(out)?;
        writeln!(
            out,
            "- Whole collection by `next` links, one client: {:.2} s, nginx {:.2} s.",
            self.walk_langxanh, self.walk_nginx
        )?;
        writeln!(
            out,
            "- Whole collection in one piece, one client: first byte after {:.4} s and all after {:.2} s, nginx {:.4} and {:.2} s.",
            self.whole_langxanh.first_byte,
            self.whole_langxanh.total,
            self.whole_nginx.first_byte,
            self.whole_nginx.total
        )?;
        writeln!(out, "- Start until ready: {:.2} s.", self.start_up)?;
        writeln!(
            out,
            "- Resident memory: {:.0} MB when ready, {:.0} MB after the load: {:.1} and {:.1} times the {:.0} MB of GeoJSON.",
            megabytes(start),
            megabytes(end),
            times(start),
            times(end),
            megabytes(self.geojson_bytes)
        )?;
        writeln!(out)?;
        writeln!(out, "Tiles made anew, in the process and on one core, before compression:\n")?;
        writeln!(out, "| parcels | zoom | tiles | median ms | longest ms | mean kB |")?;
        writeln!(out, "|---:|---:|---:|---:|---:|---:|")?;
        for Cold { parcels, zoom, tiles, median_ms, longest_ms, bytes } in &self.cold {
            let kilobytes = *bytes as f64 / 1e3;
            writeln!(out, "| {parcels} | {zoom} | {tiles} | {median_ms:.2} | {longest_ms:.2} | {kilobytes:.1} |")?;
        }
        Ok(out)
    }
}
