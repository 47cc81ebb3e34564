//! One operation of every policy class, and the odd ones of the user and permission gates.

use graphwhy::knowledge::{Operation, Permissions, PolicyRule, PolicySubject};

const PLAIN: Operation = Operation {
    name: None,
    method: "GET",
    path: "/users/{userId}/onlineMeetings/{meetingId}",
    versions: &["v1.0"],
    delegated: None,
    application: Some(Permissions { least: &["OnlineMeetings.Read.All"], higher: &["OnlineMeetings.ReadWrite.All"] }),
    application_supported: Some(true),
    delegated_supported: None,
    rsc: &[],
    policy: PolicyRule::Required,
    subject: PolicySubject::UserInPath,
    clouds: &[],
    reads_transcripts: false,
};

pub(crate) static READ_MEETING: Operation = PLAIN;

pub(crate) static READ_TRANSCRIPT: Operation = Operation {
    path: "/users/{userId}/onlineMeetings/{meetingId}/transcripts",
    application: Some(Permissions { least: &["OnlineMeetingTranscript.Read.All"], higher: &[] }),
    rsc: &["OnlineMeetingTranscript.Read.Chat"],
    reads_transcripts: true,
    ..PLAIN
};

pub(crate) static SEND_SMS: Operation = Operation {
    method: "POST",
    path: "/users/{userId}/onlineMeetings/{meetingId}/sendVirtualAppointmentSms",
    application: Some(Permissions { least: &["VirtualAppointmentNotification.Send"], higher: &[] }),
    policy: PolicyRule::RequiredByPermission,
    ..PLAIN
};

pub(crate) static LIST_TRANSCRIPTS: Operation = Operation {
    path: "/users/{userId}/onlineMeetings/getAllTranscripts",
    application: Some(Permissions { least: &["OnlineMeetingTranscript.Read.All"], higher: &[] }),
    policy: PolicyRule::NotMentioned,
    subject: PolicySubject::Argument,
    reads_transcripts: true,
    ..PLAIN
};

/// The permissions are this test's own: the point is the policy column.
pub(crate) static REGISTER: Operation = Operation {
    method: "POST",
    path: "/solutions/virtualEvents/webinars/{webinarId}/registrations",
    application: Some(Permissions { least: &[], higher: &["VirtualEvent.Read.All"] }),
    policy: PolicyRule::Conflicting,
    subject: PolicySubject::EventCreator,
    ..PLAIN
};

/// No page: the policy and the permissions are not found.
pub(crate) static UNDOCUMENTED: Operation = Operation {
    path: "/users/{userId}/onlineMeetings/{meetingId}/unheardOf",
    application: None,
    application_supported: None,
    policy: PolicyRule::NotFound,
    ..PLAIN
};

pub(crate) static DELEGATED_ONLY: Operation = Operation {
    path: "/users/{userId}/onlineMeetings/{meetingId}/aiInsights",
    application: None,
    application_supported: Some(false),
    policy: PolicyRule::NotFound,
    ..PLAIN
};

pub(crate) static LIST_WEBINARS: Operation = Operation {
    path: "/solutions/virtualEvents/webinars",
    application: Some(Permissions { least: &["VirtualEvent.Read.All"], higher: &[] }),
    policy: PolicyRule::FiltersResults,
    subject: PolicySubject::EventCreator,
    ..PLAIN
};

pub(crate) static READ_WEBINAR: Operation =
    Operation { path: "/solutions/virtualEvents/webinars/{webinarId}", policy: PolicyRule::Required, ..LIST_WEBINARS };

pub(crate) static READ_CALL_RECORD: Operation = Operation {
    path: "/communications/callRecords/{callRecordId}",
    application: Some(Permissions { least: &["CallRecords.Read.All"], higher: &[] }),
    policy: PolicyRule::NotMentioned,
    subject: PolicySubject::Nobody,
    ..PLAIN
};

pub(crate) static FIND_BY_DEVICE: Operation = Operation {
    path: "/communications/onlineMeetings",
    policy: PolicyRule::NotSupported,
    subject: PolicySubject::Nobody,
    ..PLAIN
};

pub(crate) static CHANGE_REGISTRATION: Operation = Operation {
    method: "PATCH",
    path: "/users/{userId}/onlineMeetings/{meetingId}/registration",
    application: None,
    application_supported: Some(false),
    policy: PolicyRule::NotApplicable,
    subject: PolicySubject::Nobody,
    ..PLAIN
};

/// The permission is this test's own, as above.
pub(crate) static READ_PRESENCE: Operation = Operation {
    path: "/users/{userId}/presence",
    policy: PolicyRule::NotMentioned,
    subject: PolicySubject::Nobody,
    ..PLAIN
};

pub(crate) fn all() -> [&'static Operation; 13] {
    [
        &READ_MEETING,
        &READ_TRANSCRIPT,
        &SEND_SMS,
        &LIST_TRANSCRIPTS,
        &REGISTER,
        &UNDOCUMENTED,
        &DELEGATED_ONLY,
        &LIST_WEBINARS,
        &READ_WEBINAR,
        &READ_CALL_RECORD,
        &FIND_BY_DEVICE,
        &CHANGE_REGISTRATION,
        &READ_PRESENCE,
    ]
}

/// Four of them by turns, so that many tenants take little time.
pub(crate) fn of(seed: u64) -> impl Iterator<Item = &'static Operation> {
    let first = usize::try_from(seed % 13).unwrap();
    (0..4).map(move |n| all()[(first + 3 * n) % 13])
}
