//! Any bytes: no panic, places inside the text, and a time that grows with the length and no faster.
