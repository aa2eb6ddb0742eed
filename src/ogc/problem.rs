//! Problem documents (RFC 9457): what went wrong, where, and what to do.

use serde_json::{Value, json};

use crate::text::{both, joined};

/// One fault of what a client sends to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentFault {
    /// Where it is in the body, as a JSON pointer (RFC 6901).
    pub pointer: String,
    pub detail: String,
}

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The parameter at fault.
    pub parameter: String,
    pub detail: String,
}

/// The closed list of problems that a client can meet. The status follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// 400: parameters that are unknown or cannot be read, all of them.
    Parameters(Vec<Fault>),
    /// 400: the request itself is malformed.
    BadRequest(String),
    /// 401: who asks is not known, or not the one who is meant.
    Unauthorized(String),
    /// 403: who asks may not do this.
    Forbidden(String),
    /// 404: there is no such resource.
    NotFound(String),
    /// 404: OGC API - Processes knows no such process.
    NoSuchProcess(String),
    /// 404: there is no such job, or none any more.
    NoSuchJob(String),
    /// 404: the job still runs.
    ResultNotReady(String),
    /// 405: the resource knows no such method.
    MethodNotAllowed,
    /// 406: none of the media types that the client accepts is offered.
    NotAcceptable(Vec<&'static str>),
    /// 408: the body did not come in time.
    TooSlow,
    /// 409: it goes against what is there, such as these rows by collection and id.
    Conflict { detail: String, rows: Vec<(String, String)> },
    /// 412: it is not as the client takes it to be: what it is now, with its validator; neither where it is not there.
    PreconditionFailed { detail: String, etag: Option<String>, current: Option<Box<Value>> },
    /// 413: the body is longer than so many bytes.
    TooLarge(usize),
    /// 414: longer than any request we understand.
    UriTooLong,
    /// 415: the body is in none of these media types.
    UnsupportedMediaType(&'static [&'static str]),
    /// 422: what is to be written has these faults, all of them.
    Unprocessable(Vec<ContentFault>),
    /// 429: asked too often; to be asked again in so many seconds.
    TooMany(u64),
    /// 431: headers, or headers and address together, are longer than any request we understand.
    HeadersTooLarge,
    /// 500: our fault; the cause is in the log under this id.
    Internal,
    /// 500: it was written and is kept, and cannot be served yet.
    NotServed(String),
    /// 507: the disk is full, and nothing was written.
    NoRoom(String),
    /// 503: there is nothing to serve yet.
    NotReady,
    /// 503: all places for what takes long are taken.
    Busy(String),
}

impl Problem {
    pub fn status(&self) -> u16 {
        match self {
            Problem::Parameters(_) | Problem::BadRequest(_) => 400,
            Problem::Unauthorized(_) => 401,
            Problem::Forbidden(_) => 403,
            Problem::NotFound(_) | Problem::NoSuchProcess(_) | Problem::NoSuchJob(_) | Problem::ResultNotReady(_) => {
                404
            }
            Problem::MethodNotAllowed => 405,
            Problem::NotAcceptable(_) => 406,
            Problem::TooSlow => 408,
            Problem::Conflict { .. } => 409,
            Problem::PreconditionFailed { .. } => 412,
            Problem::TooLarge(_) => 413,
            Problem::UriTooLong => 414,
            Problem::UnsupportedMediaType(_) => 415,
            Problem::Unprocessable(_) => 422,
            Problem::TooMany(_) => 429,
            Problem::HeadersTooLarge => 431,
            Problem::Internal | Problem::NotServed(_) => 500,
            Problem::NotReady | Problem::Busy(_) => 503,
            Problem::NoRoom(_) => 507,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Problem::Parameters(_) => "Tham số không hợp lệ / Invalid parameters",
            Problem::BadRequest(_) => "Yêu cầu không hợp lệ / Bad request",
            Problem::Unauthorized(_) => "Cần đăng nhập / Unauthorized",
            Problem::Forbidden(_) => "Không được phép / Forbidden",
            Problem::NotFound(_) => "Không tìm thấy / Not found",
            Problem::NoSuchProcess(_) => "Không có tiến trình này / No such process",
            Problem::NoSuchJob(_) => "Không có lượt chạy này / No such job",
            Problem::ResultNotReady(_) => "Chưa có kết quả / Result not ready",
            Problem::MethodNotAllowed => "Phương thức không được hỗ trợ / Method not allowed",
            Problem::NotAcceptable(_) => "Định dạng không được hỗ trợ / Not acceptable",
            Problem::TooSlow => "Quá thời gian chờ / Request timeout",
            Problem::Conflict { .. } => "Xung đột với dữ liệu hiện có / Conflict",
            Problem::PreconditionFailed { .. } => "Dữ liệu đã thay đổi / Precondition failed",
            Problem::TooLarge(_) => "Nội dung quá lớn / Content too large",
            Problem::UnsupportedMediaType(_) => "Kiểu nội dung không được hỗ trợ / Unsupported media type",
            Problem::Unprocessable(_) => "Nội dung không hợp lệ / Unprocessable content",
            Problem::TooMany(_) => "Quá nhiều yêu cầu / Too many requests",
            Problem::UriTooLong => "Địa chỉ quá dài / URI too long",
            Problem::HeadersTooLarge => "Phần đầu yêu cầu quá lớn / Request headers too large",
            Problem::Internal => "Lỗi máy chủ / Server error",
            Problem::NotServed(_) => "Đã ghi, chưa hiển thị được / Written, not served yet",
            Problem::NoRoom(_) => "Đĩa đã đầy / Insufficient storage",
            Problem::NotReady => "Chưa sẵn sàng / Not ready",
            Problem::Busy(_) => "Đang bận / Busy",
        }
    }

    fn detail(&self) -> String {
        match self {
            Problem::Parameters(faults) => {
                let each = faults.iter().map(|Fault { parameter, detail }| both!("{parameter} {detail}"; detail));
                joined(&each.collect::<Vec<_>>(), "; ")
            }
            Problem::Unprocessable(faults) => {
                let each = faults.iter().map(|ContentFault { pointer, detail }| both!("{pointer} {detail}"; detail));
                joined(&each.collect::<Vec<_>>(), "; ")
            }
            Problem::TooMany(seconds) => format!("Thử lại sau {seconds} giây. / Try again in {seconds} seconds."),
            Problem::BadRequest(detail)
            | Problem::Unauthorized(detail)
            | Problem::Forbidden(detail)
            | Problem::Conflict { detail, .. }
            | Problem::PreconditionFailed { detail, .. }
            | Problem::NotServed(detail)
            | Problem::NoRoom(detail)
            | Problem::NotFound(detail)
            | Problem::NoSuchProcess(detail)
            | Problem::NoSuchJob(detail)
            | Problem::ResultNotReady(detail)
            | Problem::Busy(detail) => detail.clone(),
            Problem::MethodNotAllowed => "xem phần đầu Allow để biết tài nguyên này nhận gì / see the Allow header for what this resource takes".to_owned(),
            Problem::NotAcceptable(offered) => format!("tài nguyên này có dạng {0} / this resource is offered as {0}", offered.join(", ")),
            Problem::TooSlow => "nội dung không đến kịp / the body did not come in time".to_owned(),
            Problem::TooLarge(most) => format!("nội dung có tối đa {most} byte / a body has at most {most} bytes"),
            Problem::UriTooLong => {
                "hãy gửi ít tham số hơn hoặc ngắn hơn, hoặc POST tới /collections/{collectionId}/search / send fewer or shorter parameters, or POST them to /collections/{collectionId}/search".to_owned()
            }
            Problem::UnsupportedMediaType(known) => format!("hãy gửi nội dung dạng {0} / send the body as {0}", known.join(", ")),
            Problem::HeadersTooLarge => "hãy gửi ít phần đầu hoặc tham số hơn / send fewer or shorter headers or parameters".to_owned(),
            Problem::Internal => "lỗi ở phía máy chủ và đã được ghi nhật ký / the fault is on our side and has been logged".to_owned(),
            Problem::NotReady => "dữ liệu đang được đọc: hãy thử lại sau vài giây / the data are still being read: try again in a few seconds".to_owned(),
        }
    }

    /// What names the kind of problem; OGC API - Processes has names of its own.
    fn kind(&self) -> &'static str {
        match self {
            Problem::NoSuchProcess(_) => "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process",
            Problem::NoSuchJob(_) => "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job",
            Problem::ResultNotReady(_) => {
                "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/result-not-ready"
            }
            _ => "about:blank",
        }
    }

    pub fn document(&self) -> Value {
        let mut document = json!({
            "type": self.kind(),
            "title": self.title(),
            "status": self.status(),
            "detail": self.detail(),
        });
        match self {
            Problem::Parameters(faults) => {
                let each = faults.iter().map(|f| json!({"parameter": f.parameter, "detail": f.detail}));
                document["errors"] = each.collect();
            }
            Problem::Unprocessable(faults) => {
                let each = faults.iter().map(|f| json!({"pointer": f.pointer, "detail": f.detail}));
                document["errors"] = each.collect();
            }
            Problem::Conflict { rows, .. } if !rows.is_empty() => {
                document["rows"] =
                    rows.iter().map(|(collection, id)| json!({"collection": collection, "id": id})).collect();
            }
            Problem::PreconditionFailed { etag, current, .. } => {
                document["etag"] = json!(etag);
                document["current"] = json!(current);
            }
            _ => {}
        }
        document
    }
}
