//! Prints what the machine sees in files: the globals and calls of every pickle, an object a line, for comparison with what
//! other readers see.
//!
//! `events FILE…` → `{"file","member","start","globals":[[offset,op,module,name]],"calls":[[offset,op,callee,count]]}`

// A tool for tests: it may print, and end by a panic.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic)]

use pickle_containers::{Limits, open};
use pickle_machine::arena::{Arena, Shape, Value};
use pickle_machine::never;
use pickle_machine::stream::{Observer, Scene, Summary, scan};
use pickle_ops::Op;
use serde_json::{Value as Json, json};

struct Printer<'p> {
    file: &'p str,
    member: Option<&'p str>,
    globals: Vec<Json>,
    calls: Vec<Json>,
}

/// The dotted name that the bytes give to what is called; for the result of a call, `call:` and the name of its callee.
fn name(arena: &Arena<'_>, mut callee: Value) -> Json {
    let mut prefix = String::new();
    loop {
        match arena.shape(callee) {
            Shape::Global(global) => {
                return global
                    .written
                    .map_or(Json::Null, |names| format!("{prefix}{}", names.dotted()).into());
            }
            Shape::Call { callee: inner, .. } => {
                prefix.push_str("call:");
                callee = inner;
            }
            _ => return Json::Null,
        }
    }
}

fn count(arena: &Arena<'_>, arguments: Value) -> Json {
    arena.tuple(arguments).map_or(Json::Null, |items| items.len().into())
}

impl<'a> Observer<'a> for Printer<'_> {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, global: Value) {
        let Shape::Global(global) = scene.arena.shape(global) else { panic!("not a global at {}", op.start) };
        let (module, name) = match &global.written {
            Some(names) => (json!(names.module), json!(names.name)),
            None => (Json::Null, Json::Null),
        };
        self.globals.push(json!([op.start, op.opcode.name(), module, name]));
    }

    fn call(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, call: Value) {
        let Shape::Call { callee, arguments, .. } = scene.arena.shape(call) else {
            panic!("not a call at {}", op.start)
        };
        let arena = scene.arena;
        self.calls.push(json!([op.start, op.opcode.name(), name(arena, callee), count(arena, arguments)]));
    }

    fn end(&mut self, summary: &Summary) {
        let (globals, calls) = (std::mem::take(&mut self.globals), std::mem::take(&mut self.calls));
        let line = json!({
            "file": self.file, "member": self.member, "start": summary.start, "globals": globals, "calls": calls
        });
        println!("{line}");
    }
}

fn main() {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file).unwrap();
        for member in open(Some(&file), &bytes, &Limits::default()).members {
            if let Some(stream) = member.bytes.as_deref() {
                let member = member.path.as_deref();
                let mut printer = Printer { file: &file, member, globals: Vec::new(), calls: Vec::new() };
                scan(stream, &mut printer, &never);
            }
        }
    }
}
