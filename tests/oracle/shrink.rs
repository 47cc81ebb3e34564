//! Makes a failing tenant small: leaves out whatever the failure does not need.

use crate::view::{Known, Part, View};

/// The smallest tenant that still fails, by leaving out one thing at a time.
pub(crate) fn shrink(view: &View, fails: &dyn Fn(&View) -> bool) -> View {
    let mut small = view.clone();
    'again: loop {
        for candidate in smaller(&small) {
            if fails(&candidate) {
                small = candidate;
                continue 'again;
            }
        }
        return small;
    }
}

fn smaller(view: &View) -> Vec<View> {
    let mut all = Vec::new();
    leave_out(view, &mut all, |v| &mut v.policies);
    leave_out(view, &mut all, |v| &mut v.direct);
    leave_out(view, &mut all, |v| &mut v.groups);
    leave_out(view, &mut all, |v| &mut v.effective);
    leave_out(view, &mut all, |v| &mut v.users);
    leave_out(view, &mut all, |v| &mut v.apps);
    for n in 0..view.groups.items.len() {
        leave_out(view, &mut all, move |v| &mut v.groups.items[n].members);
    }
    for n in 0..view.history.len() {
        let mut less = view.clone();
        less.history.remove(n);
        all.push(less);
    }
    for n in 0..view.policies.items.len() {
        let mut less = view.clone();
        if less.policies.items[n].principals.pop().is_some() {
            all.push(less);
        }
    }
    for (n, app) in view.apps.items.iter().enumerate() {
        for role in 0..app.roles.as_ref().map_or(0, Vec::len) {
            let mut less = view.clone();
            less.apps.items[n].roles.as_mut().unwrap().remove(role);
            all.push(less);
        }
    }
    all
}

fn leave_out<T>(view: &View, all: &mut Vec<View>, part: impl Fn(&mut View) -> &mut Part<T>) {
    let mut whole = view.clone();
    let known = part(&mut whole).known;
    if known != Known::Missing {
        let mut less = view.clone();
        let emptied = part(&mut less);
        emptied.known = Known::Missing;
        emptied.items.clear();
        all.push(less);
    }
    for n in 0..part(&mut whole).items.len() {
        let mut less = view.clone();
        part(&mut less).items.remove(n);
        all.push(less);
    }
}
