//! A scripted HTTP server on loopback: real sockets, so that resets, trickles and cut bodies are real.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

/// What happens to an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Whole,
    /// The connection is reset after this many bytes of the body.
    ResetAfter(usize),
    /// The body says that it is over after this many bytes.
    CutAfter(usize),
    /// One byte at a time.
    Trickle(Duration),
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) way: Way,
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl ToString) -> Self {
        let kind = ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned());
        Self { status, headers: vec![kind], body: body.to_string(), way: Way::Whole }
    }

    pub(crate) fn html(status: u16, body: &str) -> Self {
        let kind = ("Content-Type".to_owned(), "text/html".to_owned());
        Self { status, headers: vec![kind], body: body.to_owned(), way: Way::Whole }
    }

    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn way(self, way: Way) -> Self {
        Self { way, ..self }
    }
}

pub(crate) type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Vec<Request>>>,
    over: Arc<AtomicBool>,
}

impl Server {
    /// Starts to answer on a free port of loopback; every answer takes `delay`.
    pub(crate) fn start(delay: Duration, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (shared, ended) = (Arc::clone(&log), Arc::clone(&over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), handler, log) = (stream, Arc::clone(&handler), Arc::clone(&shared)) else { continue };
                thread::spawn(move || {
                    // A client that goes away is no failure of the test.
                    let _ = serve(stream, &*handler, &log, delay);
                });
            }
        });
        Self { port, log, over }
    }

    pub(crate) fn root(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request so far, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(stream: TcpStream, handler: &Handler, log: &Mutex<Vec<Request>>, delay: Duration) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (method, target) =
            (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let request = Request { method, target, headers, body, at: Instant::now() };
        log.lock().unwrap().push(request.clone());
        let reply = handler(&request);
        thread::sleep(delay);
        send(&mut stream, &reply)?;
        if reply.way != Way::Whole {
            return Ok(());
        }
    }
}

fn send(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let sent = match reply.way {
        Way::CutAfter(bytes) => reply.body.get(..bytes).unwrap_or(&reply.body),
        _ => &reply.body,
    };
    let mut head = format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\n", reply.status, sent.len());
    if reply.way != Way::Whole {
        head.push_str("Connection: close\r\n");
    }
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    match reply.way {
        Way::Whole | Way::CutAfter(_) => stream.write_all(sent.as_bytes())?,
        Way::ResetAfter(bytes) => {
            stream.write_all(sent.as_bytes().get(..bytes).unwrap_or_default())?;
            stream.flush()?;
        }
        Way::Trickle(pause) => {
            for byte in sent.bytes() {
                stream.write_all(&[byte])?;
                stream.flush()?;
                thread::sleep(pause);
            }
        }
    }
    stream.flush()
}
