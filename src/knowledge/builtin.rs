//! The constants that the build writes from `rules/`.
#![allow(unused_imports, reason = "a catalogue without causes names fewer types")]

use std::borrow::Cow;

use uuid::Uuid;

use super::cause::{Cause, Confidence, FixTemplate, Gate, RaisedBy, Read, Reference, Severity, Symptom};
use super::path::Bucket;
use super::tables::{
    Cloud, Cmdlet, CmdletKind, Governed, Holds, Parameter, Permission, PermissionKind, SignInAnswer, Window,
};

include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));
