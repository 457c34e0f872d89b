//! Files as scripts read and write them.

use crate::files::{self, Kind};
use crate::live::Live;
use crate::session::Session;
use crate::stop::{Run, Stop};

impl Session<'_> {
    /// Returns the place that a path means.
    pub(crate) fn place(&self, path: &str) -> Run<Vec<String>> {
        files::place(path, &self.state.location).ok_or_else(|| {
            Stop::error(
                "System.Management.Automation.DriveNotFoundException",
                "DriveNotFound",
                format!("Cannot find drive, or no file can be there: '{path}'. dirsim keeps files of drives such as C:\\ in one folder."),
            )
        })
    }

    /// Reads a file as text.
    pub(crate) fn read_file(&mut self, path: &str) -> Run<String> {
        let bytes = self.read_bytes(path)?;
        let text = match bytes.as_slice() {
            [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            [0xFF, 0xFE, rest @ ..] => {
                let units: Vec<u16> = rest
                    .chunks_exact(2)
                    .filter_map(|pair| Some(u16::from_le_bytes([*pair.first()?, *pair.get(1)?])))
                    .collect();
                String::from_utf16_lossy(&units)
            }
            rest => String::from_utf8_lossy(rest).into_owned(),
        };
        Ok(text)
    }

    /// Reads the bytes of a file.
    pub(crate) fn read_bytes(&mut self, path: &str) -> Run<Vec<u8>> {
        let place = self.place(path)?;
        if self.files().kind(&place) != Some(Kind::File) {
            return Err(not_found(&files::path(&place)));
        }
        let bytes = self.files().read(&place).map_err(|why| cannot("read", path, &why))?;
        self.state.budget.charge(bytes.len() * 2)?;
        Ok(bytes)
    }

    /// Writes a text to a file.
    pub(crate) fn write_file(&mut self, path: &str, text: &str, append: bool) -> Run<()> {
        self.write_bytes(path, text.as_bytes(), append)
    }

    /// Writes bytes to a file.
    fn write_bytes(&mut self, path: &str, bytes: &[u8], append: bool) -> Run<()> {
        let place = self.place(path)?;
        if let Some((_, folder)) = place.split_last()
            && self.files().kind(folder) != Some(Kind::Folder)
        {
            let shown = files::path(&place);
            return Err(Stop::error(
                "System.IO.DirectoryNotFoundException",
                "FileOpenFailure",
                format!("Could not find a part of the path '{shown}'."),
            ));
        }
        if self.what_if {
            let shown = files::path(&place);
            self.outputs.push(crate::run::Output::WhatIf(format!(
                "What if: Performing the operation \"Output to File\" on target \"{shown}\"."
            )));
            return Ok(());
        }
        self.state.budget.charge(bytes.len())?;
        self.files().write(&place, bytes, append).map_err(|why| cannot("write", path, &why))
    }

    /// Carries out the methods of `[IO.File]` and `[IO.Directory]`.
    pub(crate) fn file_method(&mut self, name: &str, arguments: &[Live]) -> Run<Live> {
        let path = arguments.first().map_or_else(String::new, Live::to_text);
        let content = arguments.get(1).cloned().unwrap_or(Live::Null);
        let lines = |value: Live| -> String {
            value.into_arguments().iter().map(|line| format!("{}\r\n", line.to_text())).collect()
        };
        Ok(match name {
            "exists" => {
                let place = files::place(&path, &self.state.location);
                Live::Bool(place.is_some_and(|place| self.files().kind(&place).is_some()))
            }
            "readalltext" => Live::text(self.read_file(&path)?),
            "readalllines" => {
                let text = self.read_file(&path)?;
                Live::array(text.lines().map(Live::text).collect())
            }
            "readallbytes" => Live::bytes(&self.read_bytes(&path)?),
            "writeallbytes" => {
                let bytes = crate::members::statics::bytes_of(arguments.get(1));
                self.write_bytes(&path, &bytes, false)?;
                Live::Nothing
            }
            "writealltext" => {
                self.write_file(&path, &content.to_text(), false)?;
                Live::Nothing
            }
            "appendalltext" => {
                self.write_file(&path, &content.to_text(), true)?;
                Live::Nothing
            }
            "writealllines" => {
                let text = lines(content);
                self.write_file(&path, &text, false)?;
                Live::Nothing
            }
            _ => {
                let place = self.place(&path)?;
                self.files().remove(&place).map_err(|why| cannot("remove", &path, &why))?;
                Live::Nothing
            }
        })
    }
}

/// Makes the error of a file that is not there.
pub(crate) fn not_found(path: &str) -> Stop {
    Stop::error(
        "System.Management.Automation.ItemNotFoundException",
        "PathNotFound",
        format!("Cannot find path '{path}' because it does not exist."),
    )
}

/// Makes the error of a file that cannot be used.
pub(crate) fn cannot(what: &str, path: &str, why: &str) -> Stop {
    Stop::error("System.IO.IOException", "FileIOError", format!("Cannot {what} '{path}': {why}."))
}
